/** Knows how each kind of WhatsApp message is drawn on a phone, its files included; not the bubble around it. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { chatText, isLink } from "./markup.js";
import { fileSize, initials } from "./words.js";

const fileAddress = (file) => `api/media/${file.id}`;

/** What a message shows, as elements. `acts` has `tap(message, choice)` and `played(message)`. */
export function contentOf(message, acts) {
  if (message.deleted)
    return [note(message.from === "contact" ? "You deleted this message" : "This message was deleted")];
  const draw = KINDS[message.kind];
  return (draw && message.body ? draw(message.body, message, acts) : [note(message.text)]).filter(Boolean);
}

const note = (words) => h("p", { class: "bubble-text odd" }, words);
const text = (words) => words && h("p", { class: "bubble-text" }, chatText(words));
const small = (words) => words && h("p", { class: "bubble-small" }, words);

const KINDS = {
  text: (body) => [text(body.body)],
  image: (body, message) => [picture(message.file, body.caption || "Picture"), text(body.caption)],
  sticker: (_body, message) => [picture(message.file, "Sticker")],
  video: (body, message) => [film(message.file), text(body.caption)],
  audio: (body, message, acts) => [sound(message, body.voice, acts)],
  document: (body, message) => [paper(body, message.file), text(body.caption)],
  location: (body) => [place(body)],
  contacts: (people) => people.map(person),
  interactive: (body, message, acts) => interactive(body, message, acts),
  template: (body, message, acts) => template(body, message, acts),
  button: (body) => [text(body.text)],
  order: (body) => [order(body)],
};

// --- files ---

const absent = (what) => h("p", { class: "file-gone" }, icon("document"), `${what} from another address`);

function picture(file, words) {
  if (!file) return absent("A picture");
  const image = h("img", { class: "bubble-picture", src: fileAddress(file), alt: words, loading: "lazy" });
  return h("a", { class: "bubble-look", href: fileAddress(file), target: "_blank", title: "Open" }, image);
}

function film(file) {
  if (!file) return absent("A video");
  return h("video", {
    class: "bubble-picture",
    src: fileAddress(file),
    controls: true,
    preload: "metadata",
    "aria-label": "Video",
  });
}

function sound(message, isVoice, acts) {
  if (!message.file) return absent("A recording");
  const name = isVoice ? "Voice note" : "Audio";
  const player = h("audio", {
    src: fileAddress(message.file),
    controls: true,
    preload: "metadata",
    "aria-label": name,
  });
  if (message.from === "business") player.addEventListener("play", () => acts.played(message), { once: true });
  return h(
    "div",
    { class: "bubble-sound" },
    h("span", { class: "round-glyph" }, icon(isVoice ? "voice" : "note")),
    player,
  );
}

function paper(body, file) {
  const name = body.filename ?? file?.name ?? "Document";
  const ending = name.includes(".") ? name.split(".").at(-1).toUpperCase() : "FILE";
  const inner = [
    h("span", { class: "paper-kind", "aria-hidden": "true" }, ending.slice(0, 4)),
    h(
      "span",
      { class: "paper-words" },
      h("span", { class: "paper-name" }, name),
      h("span", { class: "bubble-small" }, file ? fileSize(file.size) : "from another address"),
    ),
  ];
  return file
    ? h("a", { class: "paper", href: fileAddress(file), download: name }, inner, icon("down"))
    : h("div", { class: "paper" }, inner);
}

// --- places and people ---

function place({ latitude, longitude, name, address }) {
  return h(
    "div",
    { class: "place" },
    h("div", { class: "place-map", "aria-hidden": "true" }, icon("pin")),
    h("p", { class: "place-name" }, name ?? "A place"),
    small(address),
    small(`${latitude}, ${longitude}`),
  );
}

function person({ name, phones = [], emails = [], org }) {
  const words = name?.formatted_name ?? "Contact";
  const lines = [org?.company, ...phones.map(({ phone }) => phone), ...emails.map(({ email }) => email)].filter(
    Boolean,
  );
  return h(
    "div",
    { class: "person" },
    h("span", { class: "avatar", "aria-hidden": "true" }, initials(words)),
    h("div", {}, h("p", { class: "place-name" }, words), lines.map(small)),
  );
}

function order({ product_items: items = [], text: remark }) {
  const line = ({ product_retailer_id: product, quantity, item_price: price, currency }) =>
    h("li", {}, h("span", {}, `${quantity} × ${product}`), h("span", {}, `${price} ${currency}`));
  return h(
    "div",
    { class: "order" },
    h("p", { class: "place-name" }, "Order"),
    h("ul", {}, items.map(line)),
    text(remark),
  );
}

// --- choices ---

function interactive(body, message, acts) {
  if (!body.body) return answer(body, message);
  const { header, footer, action = {} } = body;
  return [
    header?.text && h("p", { class: "bubble-title" }, header.text),
    text(body.body.text),
    small(footer?.text),
    choices((action.buttons ?? []).map(({ reply }) => tapButton(reply.title, () => acts.tap(message, reply.id)))),
    action.sections && menu(action, (row) => acts.tap(message, row.id)),
    action.parameters?.url && choices([linkButton(action.parameters.display_text, action.parameters.url)]),
  ];
}

function answer(body, message) {
  const reply = body[body.type] ?? {};
  return [text(reply.title ?? message.text), small(reply.description ?? answersIn(reply.response_json))];
}

/** What was filled into a form; anything that is no list of fields stays as it came. */
function answersIn(json) {
  if (!json) return null;
  try {
    const fields = Object.entries(JSON.parse(json));
    return fields.map(([name, value]) => `${name}: ${value}`).join(" · ");
  } catch {
    return json;
  }
}

function template({ header, body, footer, buttons = [] }, message, acts) {
  const file = message.header_file;
  const kind = file?.mime_type.split("/")[0];
  return [
    file && (kind === "image" ? picture(file, "Picture") : kind === "video" ? film(file) : paper({}, file)),
    header && h("p", { class: "bubble-title" }, header),
    text(body),
    small(footer),
    choices(buttons.map((button) => templateButton(button, message, acts))),
  ];
}

function templateButton({ type, text: words, url, phone_number: number }, message, acts) {
  if (type === "URL") return linkButton(words, url);
  if (type === "PHONE_NUMBER") return tapButton(`${words} · ${number}`, null);
  return tapButton(words, () => acts.tap(message, words));
}

const choices = (buttons) => buttons.length > 0 && h("div", { class: "choices" }, buttons);

const tapButton = (words, act) =>
  act
    ? h("button", { type: "button", class: "choice", onclick: act }, icon("reply"), words)
    : h("p", { class: "choice" }, icon("call"), words);

const linkButton = (words, url) =>
  isLink(url)
    ? h("a", { class: "choice", href: url, target: "_blank", rel: "noopener noreferrer" }, icon("leave"), words)
    : h("p", { class: "choice" }, words);

function menu({ button, sections }, choose) {
  const row = (item) =>
    h(
      "button",
      { type: "button", class: "row", onclick: () => choose(item) },
      h("span", {}, item.title),
      item.description && h("span", { class: "bubble-small" }, item.description),
    );
  return h(
    "details",
    { class: "choices rows" },
    h("summary", { class: "choice" }, icon("list"), button),
    sections.map(({ title, rows }) => [title && h("p", { class: "menu-title" }, title), rows.map(row)]),
  );
}
