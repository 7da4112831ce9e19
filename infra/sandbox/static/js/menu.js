/** Knows how a button opens a menu beside it, by mouse and by keys; not what its entries do. */

import { h } from "./dom.js";

const GAP = 6;
const EDGE = 8;

/**
 * Makes `button` open a menu. `groups()` answers what it holds now: {title, look, entries}, each entry {name, glyph,
 * act, hook}. `look` is a class: `tiles`, `marks`, or nothing for a list. Escape and a click elsewhere close it.
 */
export function opensMenu(button, groups) {
  let shown = null;
  let wasOpen = false;
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  // A press on the button closes the menu before the click arrives, which would open it again.
  button.addEventListener("pointerdown", () => (wasOpen = shown !== null));
  button.addEventListener("click", () => {
    if (!wasOpen) shown = open(button, groups(), () => (shown = null));
    wasOpen = false;
  });
}

function open(button, groups, onClose) {
  const name = button.getAttribute("aria-label");
  const menu = h("div", { class: "menu", role: "menu", popover: "auto", "aria-label": name });
  menu.append(...groups.map((group) => groupView(group, () => menu.hidePopover())));
  menu.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", newState === "open");
    if (newState !== "closed") return;
    menu.remove();
    onClose();
  });
  menu.addEventListener("keydown", (event) => walk(menu, event));
  (button.closest(".pane") ?? document.body).append(menu); // beside the button it would go when that is drawn anew
  menu.showPopover();
  menu.querySelector("button").focus();
  beside(menu, button);
  return menu;
}

function groupView({ title, look, entries }, close) {
  return h(
    "div",
    { class: `menu-group ${look ?? ""}`, role: "group", "aria-label": title },
    title && h("p", { class: "menu-title", "aria-hidden": "true" }, title),
    h(
      "div",
      { class: "menu-entries", role: "none" },
      entries.map((entry) => entryView(entry, close)),
    ),
  );
}

function entryView({ name, glyph, act, hook, label }, close) {
  const attributes = { type: "button", role: "menuitem", tabindex: "-1", class: "menu-entry", "data-testid": hook };
  const button = h("button", { ...attributes, "aria-label": label }, glyph, name && h("span", {}, name));
  button.addEventListener("click", () => {
    close();
    act();
  });
  return button;
}

/** All four arrows walk in reading order: a menu of tiles has no rows that a reader would know of. */
function walk(menu, event) {
  const buttons = [...menu.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  const to = { Home: 0, End: buttons.length - 1 }[event.key] ?? (step && (at + step + buttons.length) % buttons.length);
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  buttons[to].focus();
}

/** Puts a popover next to what opened it: above if there is room, and never off the screen. */
export function beside(panel, anchor) {
  const at = anchor.getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  const above = at.top - height - GAP;
  const top = above >= EDGE ? above : Math.min(at.bottom + GAP, innerHeight - height - EDGE);
  panel.style.top = `${Math.max(EDGE, top)}px`;
  panel.style.left = `${Math.max(EDGE, Math.min(at.left, innerWidth - width - EDGE))}px`;
}
