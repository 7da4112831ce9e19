/* Knows which colours the reader chose. No module, so that it runs before the page is painted and nothing flashes. */
(() => {
  try {
    const chosen = localStorage.getItem("waybill.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden; the system's preference holds then.
  }
})();
