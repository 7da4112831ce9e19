/** Knows the contacts' phones: whose is shown, its chat, what is typed on it; not how a message crosses. */

import { aboutBar } from "./about.js";
import { attachments, encoded } from "./attach.js";
import { bubbleView } from "./bubble.js";
import { h, inOrder, isAtEnd, keepEnd, reconcile, roving, sendOnEnter, tabStop, toEnd } from "./dom.js";
import { icon } from "./icons.js";
import { opensMenu } from "./menu.js";
import { dayOf, firstName, hue, initials } from "./words.js";

const READING_MS = 1_500;
const TYPING_MS = 26_000;
const CAPTIONED = new Set(["photo", "drawing", "video", "document", "file"]);

/**
 * Takes over the phone pane. `act(verb, fields)` is the server's and `again()` asks it anew; `announce(words)` speaks
 * to a screen reader. Answers `show(phone)` and `prepare(contactId, text)`.
 */
export function mountPhone(root, tools) {
  const phone = new Phone(root, tools);
  return {
    show: (state) => phone.show(state),
    prepare: (contact, text) => phone.prepare(contact, text),
  };
}

class Phone {
  constructor(root, tools) {
    this.root = root;
    this.tools = tools;
    this.chosen = null;
    this.drafts = new Map();
    this.logs = new Map();
    this.reading = null;
    this.queue = inOrder();
    this.about = null;
    this.typing = null;
    this.acts = this.actsOnMessages();
    this.tabs = root.querySelector(".phone-contacts");
    this.input = root.querySelector("#phone-input");
    this.wire();
  }

  wire() {
    const form = this.root.querySelector(".chat-composer");
    form.querySelector(".round-send").append(icon("send"));
    this.attaching(form);
    this.bar = aboutBar(this.root.querySelector(".about-bar"), () => {
      this.turnTo(null);
      this.input.focus();
    });
    form.addEventListener("submit", (event) => this.send(event));
    sendOnEnter(this.input);
    roving(this.tabs, { onMove: (tab) => tab.click() });
    this.input.addEventListener("keydown", (event) => event.key === "Escape" && this.turnTo(null));
    document.addEventListener("visibilitychange", () => this.read());
  }

  attaching(form) {
    const button = form.querySelector(".attach");
    const files = form.querySelector('input[type="file"]');
    button.append(icon("plus"));
    files.addEventListener("change", () => this.sendFile(files));
    opensMenu(button, () =>
      attachments(this.contact(), {
        send: (kind) => this.sendKind(kind),
        pick: () => files.click(),
        happen: (verb, fields) => this.do(verb, fields),
      }),
    );
  }

  actsOnMessages() {
    return {
      reply: (message) => this.turnTo({ verb: "reply", message }),
      edit: (message) => this.turnTo({ verb: "edit", message }),
      remove: (message) => this.do("delete", { message: message.id }),
      react: (message, emoji) => this.do("react", { message: message.id, emoji }),
      tap: (message, choice) => this.do("tap", { message: message.id, choice }),
      played: (message) => this.do("play", { message: message.id }),
    };
  }

  /** Something the shown contact does, after everything they did before; a refusal is shown. Answers if it was done. */
  async do(verb, fields) {
    const contact = this.chosen;
    try {
      await this.queue(() => this.tools.act(verb, { contact, ...fields }));
      return true;
    } catch (refusal) {
      this.tools.complain(refusal.message);
      return false;
    }
  }

  show(state) {
    this.state = state;
    this.chosen ??= state.contacts[0]?.id ?? null;
    this.text("[data-business-name]", state.business.name);
    this.root.querySelector(".avatar-business").textContent = initials(state.business.name);
    reconcile(
      this.tabs,
      state.contacts,
      (contact) => contact.id,
      (contact) => this.tab(contact),
    );
    for (const contact of state.contacts) this.fill(contact);
    this.mark();
    this.read();
  }

  tab(contact) {
    const badge = h("span", { class: "unread" });
    const node = h(
      "button",
      {
        type: "button",
        role: "tab",
        class: "contact-tab",
        "data-testid": `phone-contact-${contact.id}`,
        "data-contact": contact.id,
      },
      h("span", { class: `avatar hue-${hue(contact.name)}`, "aria-hidden": "true" }, initials(contact.name)),
      h("span", { class: "contact-name" }, firstName(contact.name)),
      badge,
    );
    node.addEventListener("click", () => this.choose(contact.id));
    return { node, show: (now) => showUnread(badge, now.unread) };
  }

  choose(id) {
    this.drafts.set(this.chosen, this.input.value);
    this.chosen = id;
    this.turnTo(null);
    this.input.value = this.drafts.get(id) ?? "";
    this.mark();
    this.read();
  }

  mark() {
    const contact = this.contact();
    if (!contact) return;
    for (const tab of this.tabs.children) tab.setAttribute("aria-selected", tab.dataset.contact === contact.id);
    tabStop(this.tabs, this.tabs.querySelector('[aria-selected="true"]'));
    this.text("[data-owner]", `${contact.name} · ${contact.number ?? contact.username ?? "no number"}`);
    this.text("[data-phone-label]", `Message from ${contact.name}`);
    this.presence(contact);
    const log = this.logs.get(contact.id);
    const place = this.root.querySelector(".chat-logs");
    if (place.firstChild === log.node) return;
    place.replaceChildren(log.node);
    toEnd(log.node);
  }

  presence(contact) {
    const { number } = this.state.business;
    this.text("[data-business-number]", !contact.is_on ? "This phone is off" : contact.typing ? "typing …" : number);
    this.root.querySelector(".device").classList.toggle("off", !contact.is_on);
    clearTimeout(this.typing);
    if (contact.typing) this.typing = setTimeout(() => this.tools.again(), TYPING_MS);
  }

  fill(contact) {
    const log = this.logs.get(contact.id) ?? this.log(contact);
    const follow = isAtEnd(log.node);
    const fresh = reconcile(
      log.list,
      daily(contact.messages),
      (row) => row.key,
      (row) => (row.day ? dayView(row) : bubbleView(this.acts)),
    );
    log.empty.hidden = contact.messages.length > 0;
    if (follow && fresh.length) toEnd(log.node);
    if (log.filled) this.announceNew(contact, fresh);
    log.filled = true;
  }

  log(contact) {
    const list = h("ol", { class: "bubbles" });
    const empty = h(
      "p",
      { class: "chat-empty" },
      `${firstName(contact.name)} has not written yet. Type below, as if this were your phone.`,
    );
    const node = h(
      "div",
      { class: "chat-log", role: "region", "aria-label": `Chat on the phone of ${contact.name}`, tabindex: "0" },
      empty,
      list,
    );
    keepEnd(node)(list);
    const log = { node, list, empty, filled: false };
    this.logs.set(contact.id, log);
    return log;
  }

  announceNew(contact, fresh) {
    const arrived = fresh.find((view) => view.from === "business");
    if (arrived) this.tools.announce(`New message on the phone of ${contact.name}`);
  }

  /** What is on a screen that somebody looks at is read, after a moment. */
  read() {
    if (this.reading || document.hidden || !this.contact()?.unread) return;
    this.reading = setTimeout(() => {
      this.reading = null;
      const contact = this.contact();
      if (document.hidden || !contact?.unread) return;
      this.tools.act("open", { contact: contact.id }).catch(() => {}); // the badge stays
    }, READING_MS);
  }

  async send(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    const contact = this.chosen;
    const about = this.about;
    if (!text || !contact) return;
    this.turnTo(null);
    this.input.value = "";
    toEnd(this.logs.get(contact).node);
    const done =
      about?.verb === "edit"
        ? await this.do("edit", { message: about.message.id, text })
        : await this.do("say", { text, quoted: about?.message.id ?? null });
    if (!done) this.restore(contact, text);
  }

  /** A made file or something odd; what stands in the field becomes its caption, where there can be one. */
  async sendKind(kind, file = {}) {
    const caption = CAPTIONED.has(kind) ? this.input.value.trim() : "";
    const quoted = this.about?.message.id ?? null;
    if (caption) this.input.value = "";
    this.turnTo(null);
    toEnd(this.logs.get(this.chosen).node);
    const done = await this.do("send", { kind, caption, quoted, ...file });
    if (!done && caption) this.restore(this.chosen, caption);
  }

  async sendFile(input) {
    for (const file of input.files) await this.sendKind("file", await encoded(file));
    input.value = "";
  }

  /** The next message is an answer to one, or another text for one; Escape or the cross ends that. */
  turnTo(about) {
    const wasEdit = this.about?.verb === "edit";
    this.about = about;
    this.bar(about && { verb: about.verb, words: about.message.text });
    if (!about) {
      if (wasEdit) this.input.value = "";
      return;
    }
    if (about.verb === "edit") this.input.value = about.message.text;
    this.input.focus();
  }

  /** A refused message goes back to where it was typed, unless something else stands there by now. */
  restore(contact, text) {
    if (this.chosen === contact && !this.input.value) this.input.value = text;
    else if (!this.drafts.get(contact)) this.drafts.set(contact, text);
  }

  prepare(id, text) {
    this.choose(id);
    if (!this.input.value) this.input.value = text;
    this.input.focus();
  }

  contact() {
    return this.state?.contacts.find((contact) => contact.id === this.chosen);
  }

  text(selector, words) {
    const node = this.root.querySelector(selector);
    if (node.textContent !== words) node.textContent = words;
  }
}

function showUnread(badge, unread) {
  badge.hidden = !unread;
  badge.replaceChildren(String(unread), h("span", { class: "sr-only" }, " unread"));
}

/** The messages with a line before the first of each day. */
function daily(messages) {
  let day = null;
  return messages.flatMap((message) => {
    const today = dayOf(message.time);
    const rows = today === day ? [] : [{ key: `day ${today}`, day: today }];
    day = today;
    return [...rows, { key: message.id, message }];
  });
}

function dayView({ day }) {
  return { node: h("li", { class: "chat-day" }, h("span", {}, day)), show: () => {} };
}
