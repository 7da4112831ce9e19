/** Knows the page's line drawings; not where they are used. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  sent: "M3.5 8.5 6.5 11.5 12.5 5",
  delivered: "M1.5 8.5 4.5 11.5 10.5 5M7.6 10.6 8.5 11.5 14.5 5",
  failed: "M8 4.5v4.5M8 11.6v.1M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8z",
  send: "M2.5 8 13.5 2.8 10.6 13.2 7.4 9.4zM7.4 9.4 13.5 2.8",
  lock: "M4.5 7V5.2a3.5 3.5 0 0 1 7 0V7M3.5 7h9v6.5h-9z",
  leave: "M9.5 3h3.5v3.5M13 3 7.5 8.5M7 3.5H3v9.5h9.5V9",
  hash: "M6.3 2.5 5 13.5M11 2.5 9.7 13.5M2.8 5.8h10.7M2.5 10.2h10.7",
  shield: "M8 1.8 13 3.6v4c0 3-2 5.3-5 6.6-3-1.3-5-3.6-5-6.6v-4z",
  chat: "M2.5 3h11v8H7l-3 2.7V11H2.5z",
  sun: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13 9.7A5.5 5.5 0 0 1 6.3 3a5.5 5.5 0 1 0 6.7 6.7z",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5 6.5 12 13 4.5",
  down: "M8 3v10M4 9l4 4 4-4",
  grow: "M3 10l5-5 5 5",
  shrink: "M3 6l5 5 5-5",
};
PATHS.read = PATHS.delivered;

/** A drawing in the colour of the text around it; hidden from screen readers, so put words beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 16 16", class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
