/** Knows the bar at the top: the service's state, the counters, the colours; not what is counted, or broken. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

const STATE_WORDS = { starting: "starting", up: "up", down: "down" };
const RESTARTING = "restarting";

/** What is counted, in order, and what to say of it; `bad` ones must stay at nought. */
const COUNTS = [
  ["received", "Messages of contacts that were acknowledged to WhatsApp"],
  ["relayed", "Messages that crossed, in either direction"],
  ["waiting", "Acknowledged messages on their way to the archive"],
  ["held", "Messages that wait for an administrator's decision"],
  ["blocked", "Messages that a rule stopped"],
  ["failed", "Messages that certainly did not arrive"],
  ["duplicates", "Second deliveries that were recognised"],
  ["lost", "Acknowledged messages that were overtaken and have no record: must stay 0", "bad"],
  ["doubled", "Messages that stand or left twice: must stay 0", "bad"],
];

/** Takes over the bar. Answers {service, tally, lost}. */
export function mountTopbar(root) {
  themeToggle(root.querySelector("[data-theme-toggle]"));
  const counts = root.querySelector(".tally");
  return {
    service: (service) => showService(root, service),
    tally: (tally) => showTally(counts, tally),
    lost: () => put(root, "lost", "not reachable"),
  };
}

function showTally(list, tally) {
  if (!list.childElementCount) list.append(...COUNTS.map(countView));
  for (const node of list.children) {
    const number = tally[node.dataset.count];
    node.lastChild.textContent = number;
    node.classList.toggle("some", number > 0);
  }
}

function countView([name, title, tone]) {
  const attributes = { class: `count ${tone ?? ""}`, title, "data-count": name, "data-testid": `count-${name}` };
  return h("div", attributes, h("dt", {}, name), h("dd", {}));
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
