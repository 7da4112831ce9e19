/** Knows the contacts' phones: whose is shown, its chat, what is typed on it; not how a message crosses. */

import { h, inOrder, isAtEnd, keepEnd, reconcile, roving, sendOnEnter, tabStop, toEnd } from "./dom.js";
import { icon } from "./icons.js";
import { chatText } from "./markup.js";
import { dayOf, firstName, hue, initials, timeOfDay } from "./words.js";

const READING_MS = 1_500;
const STATUS_WORDS = { sent: "sent", delivered: "delivered", read: "read", failed: "not delivered" };

/**
 * Takes over the phone pane. `say(contact, text)` and `open(contact)` are the server's; `announce(words)` speaks to a
 * screen reader. Answers `show(phone)`, `prepare(contactId, text)` and `contacts()`.
 */
export function mountPhone(root, { say, open, announce, complain }) {
  const phone = new Phone(root, { say, open, announce, complain });
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
    this.tabs = root.querySelector(".phone-contacts");
    this.input = root.querySelector("#phone-input");
    this.wire();
  }

  wire() {
    const form = this.root.querySelector(".chat-composer");
    form.querySelector("button").append(icon("send"));
    form.addEventListener("submit", (event) => this.send(event));
    sendOnEnter(this.input);
    roving(this.tabs, { onMove: (tab) => tab.click() });
    document.addEventListener("visibilitychange", () => this.read());
  }

  show(state) {
    this.state = state;
    this.chosen ??= state.contacts[0]?.id ?? null;
    this.text("[data-business-name]", state.business.name);
    this.text("[data-business-number]", state.business.number);
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
    const log = this.logs.get(contact.id);
    const place = this.root.querySelector(".chat-logs");
    if (place.firstChild === log.node) return;
    place.replaceChildren(log.node);
    toEnd(log.node);
  }

  fill(contact) {
    const log = this.logs.get(contact.id) ?? this.log(contact);
    const follow = isAtEnd(log.node);
    const fresh = reconcile(
      log.list,
      daily(contact.messages),
      (row) => row.key,
      (row) => (row.day ? dayView(row) : bubble()),
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
      if (!document.hidden && contact?.unread) this.tools.open(contact.id).catch(() => {}); // the badge stays
    }, READING_MS);
  }

  async send(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    const contact = this.chosen;
    if (!text || !contact) return;
    this.input.value = "";
    toEnd(this.logs.get(contact).node);
    try {
      await this.queue(() => this.tools.say(contact, text));
    } catch (refusal) {
      this.tools.complain(refusal.message);
      this.restore(contact, text);
    }
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

function bubble() {
  const node = h("li", { class: "bubble", "data-testid": "phone-message" });
  const view = { node, from: null };
  view.show = ({ message }) => {
    view.from = message.from;
    node.className = `bubble ${message.from === "contact" ? "mine" : "theirs"}`;
    node.classList.toggle("failed", message.status === "failed");
    node.dataset.status = message.status ?? "";
    node.replaceChildren(...bubbleParts(message));
  };
  return view;
}

function bubbleParts(message) {
  return [
    h("span", { class: "sr-only" }, message.from === "contact" ? "Written here: " : "Received: "),
    message.quoted && h("blockquote", { class: "bubble-quote" }, h("p", {}, message.quoted.text)),
    h("p", { class: "bubble-text" }, chatText(message.text)),
    h(
      "p",
      { class: "bubble-foot" },
      h("time", { datetime: message.time }, timeOfDay(message.time)),
      ticks(message.status),
    ),
    message.reaction &&
      h("span", { class: "bubble-reaction" }, h("span", { class: "sr-only" }, "Reaction: "), message.reaction),
  ].filter(Boolean);
}

function ticks(status) {
  if (!status) return null;
  const words = STATUS_WORDS[status] ?? status;
  const drawing = status in STATUS_WORDS ? icon(status) : null;
  return h("span", { class: `ticks ticks-${status}`, title: words }, drawing, h("span", { class: "sr-only" }, words));
}
