/** Knows how one thread looks, its posts, its reply field and who reads what; not which channel it stands in. */

import { compose } from "./composer.js";
import { h, reconcile } from "./dom.js";
import { commands, mentions } from "./markup.js";
import { postView } from "./post.js";
import { threadName } from "./reading.js";
import { firstName } from "./words.js";

const SHOWN_REPLIES = 30;

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
  const acts = { ...context.acts, turnTo: (about) => view.composer.turnTo(about) };
  const here = { ...context, acts, audience: (post) => audienceOf(post, thread, context) };
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
  if (commands(post.html, botName)) return { outside: null, command: true };
  const name = threadName(thread);
  return name ? { outside: firstName(name) } : null; // elsewhere it is a command
}

function replyComposer(form, thread, name, { kind, botName, reply, complain }) {
  const hooks = {
    input: "thread-reply-input",
    mention: "thread-reply-mention",
    send: "thread-reply-send",
    attach: "thread-reply-attach",
  };
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
