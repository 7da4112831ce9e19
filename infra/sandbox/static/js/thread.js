/** Knows how one post and one thread look and how a card on them is pressed; not which channel they stand in. */

import { drawn, isOneLine } from "./cards.js";
import { compose } from "./composer.js";
import { h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { harmless, mentions } from "./markup.js";
import { threadName } from "./reading.js";
import { dayOf, firstName, hue, initials, timeOfDay } from "./words.js";

const SHOWN_REPLIES = 30;

/** The view of a post. `context` has `press(post, action)`, `botName` and `audience(post)`: who else reads it. */
export function postView(context) {
  const node = h("li", { class: "post", "data-testid": "post", tabindex: "-1" });
  const view = { node, card: null };
  view.show = (post) => {
    const held = node.contains(document.activeElement);
    node.dataset.post = post.id;
    node.className = postClass(post);
    const main = h(
      "div",
      { class: "post-main" },
      head(post),
      text(post),
      cardHolder(view, post, context),
      audience(post, context),
    );
    node.replaceChildren(avatar(post), main);
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

/** Who reads it: the one thing nobody may have to guess. */
function audience(post, context) {
  const reader = context.audience(post);
  if (!reader) return null;
  const words = reader.outside
    ? `For ${reader.outside}, through @${context.botName}`
    : "Internal: stays in this channel";
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

/**
 * The view of a thread with its reply field. `context` is that of a post, with `reply(thread, draft)`, `complain` and
 * `kind`, the kind of channel.
 */
export function threadView(context) {
  const rootList = h("ol", { class: "thread-root" });
  const replies = h("ol", { class: "thread-replies" });
  const earlier = h("button", { type: "button", class: "button ghost earlier", hidden: true });
  const form = h("form", { class: "composer reply-composer" });
  const node = h("article", { class: "thread", "data-testid": "thread" }, rootList, earlier, replies, form);
  const view = { node, all: false, fresh: [] };
  view.show = (thread) => showThread(view, thread, { context, rootList, replies, earlier, form });
  return view;
}

function showThread(view, thread, { context, rootList, replies, earlier, form }) {
  const name = threadName(thread);
  const here = { ...context, audience: (post) => audienceOf(post, thread, context) };
  view.node.setAttribute("aria-label", name ? `Thread: ${name}` : "Thread");
  view.node.dataset.thread = thread.id;
  view.node.composer = view.composer ??= replyComposer(form, thread, name, context);
  reconcile(
    rootList,
    [thread.root],
    (post) => post.id,
    () => postView(here),
  );
  const hidden = view.all ? 0 : Math.max(0, thread.replies.length - SHOWN_REPLIES);
  view.fresh = reconcile(
    replies,
    thread.replies.slice(hidden),
    (post) => post.id,
    () => postView(here),
  );
  earlier.hidden = hidden === 0;
  earlier.textContent = `Show ${hidden} earlier`;
  earlier.onclick = () => {
    view.all = true;
    view.show(thread);
  };
}

function audienceOf(post, thread, { kind, botName }) {
  if (kind !== "client" || post.author.bot || post.deleted) return null;
  if (!mentions(post.html, botName)) return { outside: null };
  const name = threadName(thread);
  return name ? { outside: firstName(name) } : null; // elsewhere it is a command
}

function replyComposer(form, thread, name, { kind, botName, reply, complain }) {
  const hooks = { input: "thread-reply-input", mention: "thread-reply-mention", send: "thread-reply-send" };
  const send = (draft) => reply(thread, draft);
  const composer = compose(form, { id: `reply-${thread.id}`, hooks, botName, send, complain });
  const isClients = kind === "client" && name !== "";
  composer.configure({
    ...(isClients ? clientWords(firstName(name), botName) : teamWords(botName)),
    usual: kind === "admin",
  });
  return composer;
}

const clientWords = (contact, botName) => ({
  label: `Reply in the thread about ${contact}`,
  placeholders: { on: `Write to ${contact} on WhatsApp`, off: `Internal remark; ${contact} does not see it` },
  hints: {
    on: `Goes to ${contact} on WhatsApp`,
    off: `Internal: stays in this channel. Switch @${botName} on to write to ${contact}`,
  },
});

const teamWords = (botName) => ({
  label: "Reply in this thread",
  placeholders: { on: `A command to @${botName}`, off: "Reply to the team" },
  hints: { on: `A command to @${botName}`, off: "Stays in this channel" },
});
