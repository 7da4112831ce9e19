/** Knows what one can send from a phone besides words, and what can happen to its owner; not how it is sent. */

import { icon } from "./icons.js";

const ORDINARY = [
  ["photo", "Photo", "picture"],
  ["drawing", "Drawing", "edit"],
  ["video", "Video", "film"],
  ["voice", "Voice note", "voice"],
  ["document", "Document", "document"],
  ["sticker", "Sticker", "face"],
  ["animated", "Moving sticker", "face"],
  ["location", "Location", "pin"],
  ["card", "Contact", "person"],
];
const ODD = [
  ["poll", "Poll"],
  ["once", "View-once photo"],
  ["order", "Order"],
  ["form", "Filled form"],
  ["forwarded", "Forwarded"],
  ["ad", "From an ad"],
  ["large", "180 MB video"],
  ["welcome", "Chat opened"],
  ["unknown", "Unknown kind"],
];

/** The groups of the attachment menu. `send(kind)`, `pick()` and `happen(verb, fields)` are what the entries do. */
export function attachments(contact, { send, pick, happen }) {
  const entry = ([kind, name, glyph]) => ({
    name,
    glyph: glyph && icon(glyph),
    hook: `phone-send-${kind}`,
    act: () => send(kind),
  });
  const own = { name: "A file of yours", glyph: icon("clip"), hook: "phone-send-own", act: pick };
  return [
    { title: "Send", look: "tiles", entries: [...ORDINARY.map(entry), own] },
    { title: "Rare and awkward", look: "chips", entries: ODD.map(entry) },
    { title: "It happens", look: "chips", entries: events(contact, happen) },
  ];
}

function events(contact, happen) {
  const on = (name, verb, fields = {}) => ({ name, hook: `phone-event-${verb}`, act: () => happen(verb, fields) });
  return [
    on(contact.number ? "New number" : "New user id", "number"),
    on("New security code", "identity"),
    on("20 messages at once", "burst"),
    on("Missed call", "call", { missed: true }),
    on("Call of 42 s", "call", { missed: false }),
    contact.hears_marketing
      ? on("Stop marketing", "marketing", { wanted: false })
      : on("Allow marketing", "marketing", { wanted: true }),
    contact.is_on ? on("Phone off", "power", { on: false }) : on("Phone on", "power", { on: true }),
  ];
}

/** A file's bytes in base64, the way the sandbox takes them. */
export async function encoded(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 0x8000)
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return { data: btoa(pieces.join("")), name: file.name, mime_type: file.type };
}
