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
  clip: "M12.5 7.5 7.6 12.4a3 3 0 0 1-4.3-4.3l5.6-5.5a2 2 0 0 1 2.9 2.8L6.3 10.8a1 1 0 0 1-1.4-1.4L9.6 4.7",
  plus: "M8 3v10M3 8h10",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  reply: "M6.5 3.5 2.5 7.5l4 4M2.5 7.5H10a3.5 3.5 0 0 1 3.5 3.5v1.5",
  edit: "M3 13l.6-2.9L11 2.7l2.3 2.3-7.4 7.4zM9.5 4.2l2.3 2.3",
  bin: "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5M6.8 7v3.5M9.2 7v3.5",
  picture: "M2.5 3.5h11v9h-11zM2.5 11l3.5-3.5 3 3 2-2 2.5 2.5M10.5 6h.1",
  film: "M2.5 4h7.5v8H2.5zM10 7.2l3.5-2v5.6L10 8.8z",
  voice: "M8 2.5a2 2 0 0 1 2 2v3a2 2 0 0 1-4 0v-3a2 2 0 0 1 2-2zM3.8 7.5a4.2 4.2 0 0 0 8.4 0M8 11.7V14",
  note: "M6 12V4l6.5-1.5v8M6 12a1.7 1.7 0 1 1-3.4 0A1.7 1.7 0 0 1 6 12zM12.5 10.5a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0z",
  document: "M4 2h5.5L12.5 5v9H4zM9.2 2.2v3h3",
  pin: "M8 14s4.5-4.4 4.5-7.5a4.5 4.5 0 0 0-9 0C3.5 9.6 8 14 8 14zM8 5a1.6 1.6 0 1 1 0 3.2A1.6 1.6 0 0 1 8 5z",
  person: "M8 2.8a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2zM3 13.5a5 5 0 0 1 10 0",
  call: "M3.5 2.5h2.3l1 3-1.4 1.2a8 8 0 0 0 3.9 3.9l1.2-1.4 3 1v2.3a1 1 0 0 1-1 1A10 10 0 0 1 2.5 3.5a1 1 0 0 1 1-1z",
  bold: "M5 3h3.8a2.4 2.4 0 0 1 0 4.9H5zM5 7.9h4.5a2.6 2.6 0 0 1 0 5.1H5z",
  italic: "M6.5 3H12M4 13h5.5M9.5 3l-3 10",
  strike:
    "M11.5 5.3C11 3.8 9.7 3 8 3 6.2 3 4.7 3.9 4.7 5.5c0 3.3 6.8 1.7 6.8 5 0 1.6-1.5 2.5-3.4 2.5-1.9 0-3.3-.9-3.6-2.5M2.5 8h11",
  code: "M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5",
  quote: "M3 4v8M6 5h7.5M6 8h7.5M6 11h5",
  face: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM6 6.3v.1M10 6.3v.1M5.3 9.3a3 3 0 0 0 5.4 0",
  list: "M3 4.5h.1M3 8h.1M3 11.5h.1M6 4.5h7.5M6 8h7.5M6 11.5h7.5",
};
PATHS.read = PATHS.delivered;
PATHS.played = PATHS.delivered;

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
