/** Knows how one post looks, what one can do to it and how a card on it is pressed; not where it stands. */

import { drawn, isOneLine } from "./cards.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { harmless } from "./markup.js";
import { opensMenu } from "./menu.js";
import { postWords } from "./reading.js";
import { dayOf, fileSize, hue, initials, timeOfDay } from "./words.js";

const REACTIONS = { like: "👍", heart: "❤️", laugh: "😆", surprised: "😮", sad: "😢", angry: "😡" };
const REACTION_WORDS = {
  like: "Like",
  heart: "Heart",
  laugh: "Laugh",
  surprised: "Surprised",
  sad: "Sad",
  angry: "Angry",
};

/**
 * The view of a post. `context` has `press(post, action)`, `botName`, `audience(post)`: who else reads it, `isMine(post)`
 * and the `acts` one has on it: `react(post, kind)`, `remove(post)`, `turnTo(about)`.
 */
export function postView(context) {
  const node = h("li", { class: "post", "data-testid": "post", tabindex: "-1" });
  const more = h("button", { type: "button", class: "post-more", "aria-label": "Post actions" }, icon("more"));
  opensMenu(more, () => actionsOn(view.post, context));
  const view = { node, card: null };
  view.show = (post) => {
    view.post = post;
    const held = node.contains(document.activeElement);
    node.dataset.post = post.id;
    node.className = postClass(post);
    const main = h(
      "div",
      { class: "post-main" },
      head(post),
      text(post),
      pictures(post),
      files(post),
      cardHolder(view, post, context),
      audience(post, context),
      reactions(post, context),
    );
    node.replaceChildren(...[avatar(post), main, !post.deleted && more].filter(Boolean));
    if (held) (view.card?.node ?? node).focus({ preventScroll: true });
  };
  return view;
}

function postClass(post) {
  const compact = !post.deleted && post.author.bot && !post.html && isOneLine(post.card);
  return `post${compact ? " compact" : ""}${post.author.bot ? " from-bot" : ""}${post.deleted ? " deleted" : ""}`;
}

function avatar({ author }) {
  const look = author.bot ? "avatar-bot" : `hue-${hue(author.name)}`;
  return h("span", { class: `avatar ${look}`, "aria-hidden": "true" }, author.bot ? "W" : initials(author.name));
}

function head(post) {
  return h(
    "p",
    { class: "post-head" },
    h("strong", {}, post.author.name),
    post.author.bot && h("span", { class: "post-kind" }, "app"),
    h(
      "time",
      { datetime: post.time, title: new Date(post.time).toLocaleString() },
      `${dayOf(post.time)} ${timeOfDay(post.time)}`,
    ),
    post.edited && !isOneLine(post.card) && h("span", { class: "post-edited" }, "edited"),
  );
}

function text(post) {
  if (post.deleted) return h("p", { class: "post-text" }, h("em", {}, "This message was deleted."));
  return post.html ? h("div", { class: "post-text" }, harmless(post.html)) : null;
}

function pictures({ pictures: shown }) {
  return shown.map(({ src, name }) => h("img", { class: "post-picture", src, alt: name }));
}

function files({ files: attached }) {
  const chip = ({ name, size, href }) => {
    const link = h("a", { class: "post-file", href, target: "_blank", rel: "noreferrer" }, icon("document"), name);
    return h("li", {}, link, h("small", {}, fileSize(size)));
  };
  return attached.length ? h("ul", { class: "post-files" }, attached.map(chip)) : null;
}

/** A chip for each kind of reaction; pressing it adds one's own, or takes it back. */
function reactions(post, { acts }) {
  if (!post.reactions.length) return null;
  const chip = ({ kind, names }) => {
    const label = `${REACTION_WORDS[kind] ?? kind} from ${names.join(", ")}`;
    const attributes = { type: "button", class: "reaction", title: label, "aria-label": label };
    const button = h("button", attributes, REACTIONS[kind] ?? "•", names.length > 1 && ` ${names.length}`);
    button.addEventListener("click", () => acts.react(post, kind));
    return button;
  };
  return h("p", { class: "reactions" }, post.reactions.map(chip));
}

function actionsOn(post, { acts, isMine }) {
  const marks = Object.entries(REACTIONS).map(([kind, glyph]) => ({
    glyph,
    label: REACTION_WORDS[kind],
    act: () => acts.react(post, kind),
  }));
  const turn = (verb) => acts.turnTo({ verb, post, words: postWords(post) || "a picture" });
  const own = [
    { name: "Edit", glyph: icon("edit"), act: () => turn("edit") },
    { name: "Delete", glyph: icon("bin"), act: () => acts.remove(post) },
  ];
  return [
    { title: "React", look: "marks", entries: marks },
    {
      entries: [
        { name: "Reply with quotation", glyph: icon("reply"), act: () => turn("reply") },
        ...(isMine(post) ? own : []),
      ],
    },
  ];
}

/** Who reads it: the one thing nobody may have to guess. */
function audience(post, context) {
  const reader = context.audience(post);
  if (!reader) return null;
  const inside = reader.command ? `A command to @${context.botName}` : "Internal: stays in this channel";
  const words = reader.outside ? `For ${reader.outside}, through @${context.botName}` : inside;
  return h(
    "p",
    { class: `audience ${reader.outside ? "outside" : "inside"}` },
    icon(reader.outside ? "leave" : "lock"),
    words,
  );
}

/** The card's element; the same one as long as the card is the same, so that what was typed into it stays. */
function cardHolder(view, post, context) {
  const seen = JSON.stringify(post.card);
  if (post.deleted || !post.card) return (view.card = null);
  if (view.card?.seen === seen) return view.card.node;
  const node = h("div", { class: "card-holder", tabindex: "-1" });
  view.card = { seen, node };
  putCard(node, post, post.card, context);
  return node;
}

function putCard(node, post, card, context) {
  node.replaceChildren(drawn(card, (action) => pressed(node, post, action, context)));
}

/** While an answer is awaited, further presses are ignored; buttons are not disabled, so that focus stays. */
async function pressed(node, post, action, context) {
  if (node.getAttribute("aria-busy")) return;
  node.setAttribute("aria-busy", "true");
  const answer = await context.press(post, action);
  node.removeAttribute("aria-busy");
  if (answer?.card) putCard(node, post, answer.card, context);
  else if (answer?.message) say(node, String(answer.message));
}

function say(node, words) {
  node.querySelector(".card-answer")?.remove();
  node.append(h("p", { class: "card-answer", role: "status" }, words));
}
