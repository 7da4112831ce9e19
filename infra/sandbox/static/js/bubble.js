/** Knows how one message looks on a contact's phone, frame and foot; what it holds is drawn by `contents`. */

import { contentOf } from "./contents.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { chatText } from "./markup.js";
import { opensMenu } from "./menu.js";
import { timeOfDay } from "./words.js";

const STATUS_WORDS = { sent: "sent", delivered: "delivered", read: "read", played: "played", failed: "not delivered" };
const MARKS = { "👍": "Thumbs up", "❤️": "Heart", "😂": "Laughing", "😮": "Surprised", "🙏": "Thanks" };

/**
 * The view of a message. `acts` are what its reader can do: `reply(message)`, `edit(message)`, `remove(message)`,
 * `react(message, emoji)`, `tap(message, choice)` and `played(message)`. What is playing goes on when ticks change.
 */
export function bubbleView(acts) {
  const parts = {
    who: h("span", { class: "sr-only" }),
    above: h("div", { class: "bubble-above" }),
    content: h("div", { class: "bubble-content" }),
    foot: h("p", { class: "bubble-foot" }),
    mark: h("span", { class: "bubble-reaction", hidden: true }),
  };
  const more = h("button", { type: "button", class: "bubble-more", "aria-label": "Message actions" }, icon("more"));
  const node = h("li", { class: "bubble", "data-testid": "phone-message" }, ...Object.values(parts), more);
  const view = { node, from: null, drawn: "" };
  view.show = ({ message }) => show(view, parts, message, acts);
  view.more = more;
  opensMenu(more, () => actionsOn(view.message, acts));
  return view;
}

function show(view, parts, message, acts) {
  Object.assign(view, { message, from: message.from });
  const isMine = message.from === "contact";
  const { node, more } = view;
  more.hidden = message.deleted;
  node.className = `bubble ${isMine ? "mine" : "theirs"} kind-${message.deleted ? "deleted" : message.kind}`;
  node.classList.toggle("failed", message.status === "failed");
  node.dataset.status = message.status ?? "";
  parts.who.textContent = isMine ? "Written here: " : "Received: ";
  parts.above.replaceChildren(...above(message));
  drawContent(view, parts.content, message, acts);
  parts.foot.replaceChildren(...foot(message));
  parts.mark.hidden = !message.reaction;
  parts.mark.replaceChildren(h("span", { class: "sr-only" }, "Reaction: "), message.reaction ?? "");
}

function drawContent(view, place, message, acts) {
  const { kind, body, text, file, deleted } = message;
  const seen = JSON.stringify([kind, body, text, file?.id, deleted]);
  if (view.drawn === seen) return;
  view.drawn = seen;
  place.replaceChildren(...contentOf(message, acts));
}

function above({ forwarded, ad, quoted, deleted }) {
  if (deleted) return [];
  return [
    forwarded && h("p", { class: "bubble-note" }, icon("leave"), "Forwarded"),
    ad && h("p", { class: "bubble-note" }, icon("leave"), `Through an advertisement: ${ad}`),
    quoted &&
      h(
        "blockquote",
        { class: "bubble-quote" },
        h("p", { class: "bubble-quoted" }, quoted.mine ? "You" : "The business"),
        h("p", {}, chatText(quoted.text)),
      ),
  ].filter(Boolean);
}

function foot(message) {
  return [
    message.edited && !message.deleted && h("span", {}, "Edited"),
    h("time", { datetime: message.time }, timeOfDay(message.time)),
    message.from === "contact" && ticks(message.status),
  ].filter(Boolean);
}

function ticks(status) {
  if (!status) return null;
  const words = STATUS_WORDS[status] ?? status;
  const drawing = status in STATUS_WORDS ? icon(status) : null;
  return h("span", { class: `ticks ticks-${status}`, title: words }, drawing, h("span", { class: "sr-only" }, words));
}

function actionsOn(message, acts) {
  const isMine = message.from === "contact";
  const marks = Object.entries(MARKS).map(([mark, label]) => ({
    glyph: mark,
    label,
    act: () => acts.react(message, mark),
  }));
  return [
    !isMine && { title: "React", look: "marks", entries: marks },
    {
      entries: [
        { name: "Reply", glyph: icon("reply"), act: () => acts.reply(message) },
        message.reaction &&
          !isMine && { name: "Take the reaction back", glyph: icon("close"), act: () => acts.react(message, "") },
        isMine && message.kind === "text" && { name: "Edit", glyph: icon("edit"), act: () => acts.edit(message) },
        isMine && { name: "Delete for everyone", glyph: icon("bin"), act: () => acts.remove(message) },
      ].filter(Boolean),
    },
  ].filter(Boolean);
}
