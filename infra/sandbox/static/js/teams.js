/** Knows the Teams pane: who one is, which channel or chat is open, its threads and drafts; not how a post looks. */

import { knowPeople } from "./cards.js";
import { compose } from "./composer.js";
import { h, isAtEnd, keepEnd, reconcile, toEnd } from "./dom.js";
import { icon } from "./icons.js";
import { postView } from "./post.js";
import { threadView } from "./thread.js";
import { enclosed } from "./tray.js";
import { firstName } from "./words.js";

const CHAT = "chat";
const PERSON_KEY = "waybill.person";

/**
 * Takes over the Teams pane. `act(verb, fields)` is the server's. Answers `show(teams)`, `prepare({person, kind, text,
 * mention})`, which opens a channel as somebody and starts a draft, and `prepareReply({person, name, text, mention})`.
 */
export function mountTeams(root, tools) {
  return new Teams(root, tools);
}

class Teams {
  constructor(root, tools) {
    this.root = root;
    this.tools = tools;
    this.places = new Map();
    this.current = null;
    this.person = sessionStorage.getItem(PERSON_KEY);
    this.select = root.querySelector("#person-select");
    this.scroll = root.querySelector(".channel-scroll");
    this.below = root.querySelector(".new-below");
    this.select.addEventListener("change", () => this.become(this.select.value));
    this.scroll.addEventListener("scroll", () => this.lookedAt(), { passive: true });
    this.follow = keepEnd(this.scroll);
    this.below.addEventListener("click", () => this.goToNew());
  }

  show(state) {
    this.state = state;
    this.composer ??= this.channelComposer();
    this.people();
    knowPeople(state.people);
    const channels = state.channels.map((channel) => ({
      ...channel,
      title: channel.name,
      glyph: channel.kind === "admin" ? "shield" : "hash",
    }));
    const chat = { id: CHAT, kind: CHAT, title: state.bot.name, glyph: "chat", threads: [], posts: this.chatPosts() };
    this.root.querySelector("#teams-title").textContent = state.team;
    this.rail("[data-channels]", channels);
    this.rail("[data-chats]", [chat]);
    for (const place of [...channels, chat]) this.fill(place);
    this.go(this.current ?? channels.find((channel) => channel.kind === "client")?.id ?? channels[0].id);
  }

  chatPosts() {
    return this.state.chats.find((chat) => chat.person === this.person)?.posts ?? [];
  }

  // --- who one is ---

  people() {
    const known = this.state.people.some((person) => person.id === this.person);
    if (!known)
      this.person = (this.state.people.find((person) => person.role === "adviser") ?? this.state.people[0])?.id;
    reconcile(
      this.select,
      this.state.people,
      (person) => person.id,
      () => personView(),
    );
    this.select.value = this.person;
  }

  become(person) {
    this.person = person;
    sessionStorage.setItem(PERSON_KEY, person);
    this.places.get(CHAT)?.forget();
    this.show(this.state);
    if (this.current === CHAT) toEnd(this.scroll);
    this.tools.announce(`You are now ${this.name()}`);
  }

  name() {
    return this.state.people.find((person) => person.id === this.person)?.name ?? "";
  }

  // --- channels and chat ---

  rail(selector, places) {
    reconcile(
      this.root.querySelector(selector),
      places.map(({ id, title, glyph }) => ({ id, title, glyph })),
      (place) => place.id,
      (place) => this.tab(place),
    );
  }

  tab(place) {
    const dot = h("span", { class: "rail-new", hidden: true }, h("span", { class: "sr-only" }, "new"));
    const words = h("span", { class: "rail-name" });
    const button = h(
      "button",
      { type: "button", class: "rail-tab", "data-testid": `channel-tab-${place.id}`, "data-place": place.id },
      icon(place.glyph),
      words,
      dot,
    );
    button.addEventListener("click", () => this.go(place.id));
    return { node: h("li", {}, button), show: (now) => (words.textContent = now.title) };
  }

  fill(place) {
    const view = this.places.get(place.id) ?? this.place(place);
    const isOpen = this.current === place.id;
    const follow = isOpen && isAtEnd(this.scroll);
    const fresh = view.show(place);
    if (!view.filled) {
      view.filled = true;
      return;
    }
    if (!fresh.length) return;
    this.heard(place, fresh);
    if (!isOpen) this.button(place.id).querySelector(".rail-new").hidden = false;
    else if (this.keepsTyping()) return;
    else if (follow) toEnd(this.scroll);
    else this.tellBelow(view, fresh.at(-1));
  }

  /** Whoever writes a reply keeps the field in view when posts arrive above it. */
  keepsTyping() {
    const form = document.activeElement?.closest?.(".reply-composer");
    if (!form || !this.scroll.contains(form)) return false;
    form.scrollIntoView({ block: "nearest" });
    return true;
  }

  place(place) {
    const view = place.kind === CHAT ? this.chatPlace() : this.channelPlace(place.kind);
    Object.assign(view, { filled: false, top: null, draft: null, fresh: null });
    this.follow(view.node);
    this.places.set(place.id, view);
    return view;
  }

  channelPlace(kind) {
    const node = h("div", { class: "threads" });
    const empty = h(
      "p",
      { class: "empty" },
      kind === "admin"
        ? "Unknown senders, answers to commands and alarms appear here."
        : "No conversation yet. Somebody has to write first, and an administrator to approve them.",
    );
    const list = h("div", { class: "thread-list" });
    node.append(empty, list);
    const show = (place) => {
      empty.hidden = place.threads.length > 0;
      reconcile(
        list,
        place.threads,
        (thread) => thread.id,
        () => threadView(this.context(kind)),
      );
      return unseenPosts(list);
    };
    return { node, show };
  }

  chatPlace() {
    const empty = h("p", { class: "empty" }, `Your personal chat with ${this.state.bot.name}. Ask it for help.`);
    const list = h("ol", { class: "chat-posts" });
    const node = h("div", { class: "threads" }, empty, list);
    const show = (place) => {
      empty.hidden = place.posts.length > 0;
      return reconcile(
        list,
        place.posts,
        (post) => post.id,
        () => postView(this.context(CHAT)),
      ).map((view) => view.node);
    };
    const view = { node, show, forget: () => (view.filled = false) };
    return view;
  }

  context(kind) {
    return {
      kind,
      botName: this.state.bot.name,
      audience: () => null,
      complain: this.tools.complain,
      press: (post, action) => this.press(post, action),
      isMine: (post) => post.author.id === this.person,
      acts: {
        react: (post, kind) => this.do("react", { post: post.id, kind }),
        remove: (post) => this.do("delete", { post: post.id }),
        turnTo: (about) => this.composer.turnTo(about),
      },
      reply: (thread, draft) => this.put({ channel: this.channelOf(thread), thread: thread.id }, draft),
    };
  }

  /** New words in a place, or other words for a post. */
  async put(place, { text, mention, about, attached }) {
    const { person } = this;
    if (about?.verb === "edit") return this.tools.act("edit", { person, post: about.post.id, text, mention });
    const all = await enclosed(attached);
    return this.tools.act("say", { person, ...place, text, mention, quotes: about?.post.id ?? null, ...all });
  }

  async do(verb, fields) {
    try {
      await this.tools.act(verb, { person: this.person, ...fields });
    } catch (refusal) {
      this.tools.complain(refusal.message);
    }
  }

  channelOf(thread) {
    return this.state.channels.find((channel) => channel.threads.some(({ id }) => id === thread.id))?.id;
  }

  async press(post, { verb, data }) {
    try {
      return await this.tools.act("press", { person: this.person, post: post.id, verb, data });
    } catch (refusal) {
      return { message: refusal.message };
    }
  }

  go(id) {
    if (this.current !== id) this.leave();
    const changed = this.current !== id;
    this.current = id;
    for (const button of this.root.querySelectorAll(".rail-tab")) {
      if (button.dataset.place === id) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    this.words();
    if (changed) this.enter(this.places.get(id));
  }

  leave() {
    const view = this.places.get(this.current);
    if (!view) return;
    view.top = this.scroll.scrollTop;
    view.draft = this.composer.draft();
  }

  enter(view) {
    this.scroll.replaceChildren(view.node);
    if (view.top === null) toEnd(this.scroll);
    else this.scroll.scrollTop = view.top;
    this.button(this.current).querySelector(".rail-new").hidden = true;
    this.below.hidden = true;
    this.composer.configure(this.composerWords());
    this.composer.restore(view.draft);
  }

  words() {
    const channel = this.state.channels.find(({ id }) => id === this.current);
    const about = { client: "One thread per contact", admin: "Registry, quarantine, alarms" };
    this.root.querySelector("[data-channel-name]").textContent = channel
      ? channel.name
      : `${this.state.bot.name} · chat with ${firstName(this.name())}`;
    this.root.querySelector("[data-channel-about]").textContent = channel
      ? (about[channel.kind] ?? "")
      : "Only you and the app";
  }

  button(id) {
    return this.root.querySelector(`.rail-tab[data-place="${CSS.escape(id)}"]`);
  }

  // --- what is new ---

  heard(place, fresh) {
    const authors = new Set(fresh.map((node) => node.querySelector(".post-head strong")?.textContent).filter(Boolean));
    this.tools.announce(`${place.title}: new from ${[...authors].join(", ")}`);
  }

  tellBelow(view, node) {
    const box = this.scroll.getBoundingClientRect();
    const at = node.getBoundingClientRect();
    if (at.top < box.bottom && at.bottom > box.top) return;
    view.fresh = node;
    this.below.replaceChildren(icon("down"), "New message");
    this.below.classList.toggle("above", at.bottom <= box.top);
    this.below.hidden = false;
  }

  goToNew() {
    this.places.get(this.current)?.fresh?.scrollIntoView({ block: "center" });
    this.below.hidden = true;
  }

  lookedAt() {
    if (isAtEnd(this.scroll)) this.below.hidden = true;
  }

  // --- writing ---

  channelComposer() {
    const hooks = { input: "channel-input", mention: "channel-mention", send: "channel-send", attach: "channel-attach" };
    const form = this.root.querySelector('[data-composer="channel"]');
    const send = (draft) => this.post(draft);
    return compose(form, { id: "channel", hooks, botName: this.state.bot.name, send, complain: this.tools.complain });
  }

  composerWords() {
    const channel = this.state.channels.find(({ id }) => id === this.current);
    const bot = this.state.bot.name;
    if (!channel) return chatWords(bot);
    const isAdmin = channel.kind === "admin";
    const placeholders = {
      on: isAdmin ? "A command, for example: help" : `A command to @${bot}`,
      off: "New post to the team",
    };
    const hints = { on: `A command to @${bot}`, off: "A new post for the team; nothing leaves" };
    return { label: `New post in ${channel.name}`, placeholders, usual: isAdmin, hints };
  }

  async post(draft) {
    await this.put(this.current === CHAT ? { chat: true } : { channel: this.current }, draft);
    toEnd(this.scroll);
  }

  // --- for the steps ---

  prepare({ person, kind, text, mention }) {
    if (person) this.become(person);
    this.go(this.state.channels.find((channel) => channel.kind === kind)?.id ?? this.current);
    this.composer.prepare(text, mention);
  }

  lookInto(person, thread) {
    if (person) this.become(person);
    if (!thread) return;
    this.go(this.channelOf(thread) ?? this.current);
    const article = this.places.get(this.current).node.querySelector(`[data-thread="${CSS.escape(thread.id)}"]`);
    article?.scrollIntoView({ block: "end" });
  }

  prepareReply({ person, thread, text, mention }) {
    if (person) this.become(person);
    this.go(this.channelOf(thread) ?? this.current);
    const view = this.places.get(this.current);
    const article = view.node.querySelector(`[data-thread="${CSS.escape(thread.id)}"]`);
    article?.composer.prepare(text, mention);
    article?.scrollIntoView({ block: "end" });
  }
}

function chatWords(bot) {
  const placeholder = `Message ${bot}, for example: help`;
  const both = (words) => ({ on: words, off: words });
  return {
    label: `Message to ${bot}`,
    placeholders: both(placeholder),
    usual: false,
    canMention: false,
    hints: both(`Only ${bot} reads this chat`),
  };
}

function personView() {
  const node = h("option");
  const show = ({ id, name, role }) => {
    node.value = id;
    node.textContent = `${name} (${role === "none" ? "no role" : role})`;
  };
  return { node, show };
}

/** The elements of posts that were not there the last time. */
function unseenPosts(list) {
  const nodes = [...list.querySelectorAll(".post:not([data-seen])")];
  for (const node of nodes) node.dataset.seen = "yes";
  return nodes;
}
