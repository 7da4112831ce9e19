/** Knows the bar at the top: the service's state, the faults one can switch, the colours; not what a fault does. */

import { busy } from "./dom.js";
import { icon } from "./icons.js";

const STATE_WORDS = { starting: "starting", up: "up", down: "down" };
const RESTARTING = "restarting";

/** Takes over the bar; `fault(name, on)` and `kill()` are the server's. Answers {service, faults, lost}. */
export function mountTopbar(root, { fault, kill, complain }) {
  const switches = [...root.querySelectorAll("[data-fault]")];
  for (const input of switches) input.addEventListener("change", () => flip(input, { fault, complain }));
  const killer = root.querySelector('[data-testid="service-kill"]');
  killer.addEventListener("click", () => busy(killer, kill, complain));
  themeToggle(root.querySelector("[data-theme-toggle]"));
  return {
    service: (service) => showService(root, service),
    faults: (faults) => showFaults(switches, faults),
    lost: () => put(root, "lost", "not reachable"),
  };
}

async function flip(input, { fault, complain }) {
  const on = input.checked;
  const done = await busy(input, () => fault(input.dataset.fault, on), complain);
  if (!done) input.checked = !on;
}

function showService(root, { state, restarts }) {
  const words = state === "starting" && restarts > 0 ? RESTARTING : (STATE_WORDS[state] ?? state);
  put(root, state, words);
  const times = root.querySelector(".service-restarts");
  times.hidden = !restarts;
  times.textContent = `restarted ${restarts === 1 ? "once" : `${restarts} times`}`;
}

function put(root, state, words) {
  const node = root.querySelector('[data-testid="service-state"]');
  if (node.dataset.state === state && node.textContent === words) return; // a status region repeats itself otherwise
  node.dataset.state = state;
  node.textContent = words;
}

function showFaults(switches, faults) {
  for (const input of switches) {
    if (!input.getAttribute("aria-busy")) input.checked = faults[input.dataset.fault] === true;
  }
  for (const notice of document.querySelectorAll("[data-notice]"))
    notice.hidden = faults[notice.dataset.notice] !== true;
}

function themeToggle(button) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const draw = () => {
    button.setAttribute("aria-pressed", isDark());
    button.replaceChildren(icon(isDark() ? "sun" : "moon"));
  };
  button.addEventListener("click", () => {
    const chosen = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = chosen;
    remember("waybill.theme", chosen);
    draw();
  });
  system.addEventListener("change", draw);
  draw();
}

/** Keeps a preference in this browser; where storage is forbidden it holds for this visit only. */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // nothing to do: the page works without it
  }
}
