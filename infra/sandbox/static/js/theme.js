/* Knows which colours the reader chose; runs before the page is painted, so that it does not flash. Not a module for that reason. */
(() => {
  try {
    const chosen = localStorage.getItem("waybill.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden; the system's preference holds then.
  }
})();
