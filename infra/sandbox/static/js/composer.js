/** Knows the field in which a person of the team writes, with its mention switch, marks and files; not where all goes. */

import { aboutBar } from "./about.js";
import { h, inOrder, sendOnEnter } from "./dom.js";
import { icon } from "./icons.js";
import { Tray } from "./tray.js";

/** What the buttons put around the selected words, or before each selected line; Teams makes markup of it. */
const MARKS = [
  { name: "Bold", glyph: "bold", around: "**", key: "b" },
  { name: "Italic", glyph: "italic", around: "_", key: "i" },
  { name: "Strike through", glyph: "strike", around: "~~" },
  { name: "Code", glyph: "code", around: "`" },
  { name: "List", glyph: "list", before: "- " },
  { name: "Quotation", glyph: "quote", before: "> " },
];

/**
 * Builds a composer into `form`. `hooks` are its test ids {input, mention, send, attach}. `send({text, mention, about,
 * attached})` throws when it was not taken: the draft comes back then. After sending, the mention switch returns to its usual position, for a
 * mention is meant for one message.
 */
export function compose(form, { id, hooks, botName, send, complain }) {
  const tray = new Tray(form, { hook: hooks.attach, complain });
  const parts = { tray, ...build(form, { id, hooks, botName, tray }) };
  return new Composer(form, parts, { send, complain });
}

class Composer {
  constructor(form, parts, tools) {
    Object.assign(this, parts);
    this.form = form;
    this.tools = tools;
    this.queue = inOrder();
    this.usual = false;
    this.hints = { on: "", off: "" };
    this.placeholders = { on: "", off: "" };
    this.about = null;
    this.showAbout = aboutBar(this.bar, () => {
      this.end();
      this.input.focus();
    });
    this.mention.addEventListener("change", () => this.reflect());
    form.addEventListener("submit", (event) => this.submit(event));
    sendOnEnter(this.input);
    this.marking();
  }

  marking() {
    for (const [at, button] of [...this.marks.children].entries()) {
      button.addEventListener("pointerdown", (event) => event.preventDefault()); // the selection stays
      button.addEventListener("click", () => mark(this.input, MARKS[at]));
    }
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.about) this.end();
      const found = (event.ctrlKey || event.metaKey) && MARKS.find(({ key }) => key === event.key);
      if (!found) return;
      event.preventDefault();
      mark(this.input, found);
    });
  }

  /** The next words answer (`reply`) or replace (`edit`) a post: {verb, words, post}. */
  turnTo(about) {
    this.about = about;
    this.showAbout(about);
    if (about.verb === "edit") {
      this.input.value = about.post.typed.text;
      this.mention.checked = about.post.typed.mention;
      this.reflect();
    }
    this.input.focus();
  }

  end() {
    if (this.about?.verb === "edit") this.restore(null);
    this.about = null;
    this.showAbout(null);
  }

  /** Sets what the field is called, whether the mention is usually on, and placeholder and hint for both positions. */
  configure({ label, placeholders, usual, hints, canMention = true }) {
    this.label.textContent = label;
    this.placeholders = placeholders;
    this.usual = usual;
    this.hints = hints;
    this.toggle.hidden = !canMention;
    this.mention.checked = usual;
    this.reflect();
  }

  reflect() {
    const on = this.mention.checked;
    this.form.dataset.mention = this.toggle.hidden ? "none" : on ? "on" : "off";
    this.input.placeholder = on ? this.placeholders.on : this.placeholders.off;
    this.words.replaceChildren(icon(on ? "leave" : "lock"), on ? this.hints.on : this.hints.off);
  }

  draft() {
    return { text: this.input.value, mention: this.mention.checked, attached: this.tray.items };
  }

  restore(draft) {
    this.input.value = draft?.text ?? "";
    this.mention.checked = draft?.mention ?? this.usual;
    this.tray.put(draft?.attached ?? []);
    this.reflect();
  }

  prepare(text, mention) {
    if (!this.input.value) this.input.value = text;
    this.mention.checked = mention;
    this.reflect();
    this.input.focus();
  }

  async submit(event) {
    event.preventDefault();
    const draft = { ...this.draft(), about: this.about };
    if (!draft.text.trim() && !draft.attached.length) return;
    this.end();
    this.restore(null);
    try {
      await this.queue(() => this.tools.send(draft));
    } catch (refusal) {
      this.tools.complain(refusal.message);
      if (!this.input.value && !this.tray.items.length) this.restore(draft);
    }
  }
}

function build(form, { id, hooks, botName, tray }) {
  const mention = h("input", { type: "checkbox", id: `${id}-mention`, "data-testid": hooks.mention });
  const toggle = h(
    "label",
    { class: "mention-toggle", title: `Only a message that mentions @${botName} reaches it` },
    mention,
    h("span", {}, `@${botName}`),
  );
  const label = h("label", { class: "sr-only", for: `${id}-input` });
  const words = h("span", { class: "composer-words", id: `${id}-hint` });
  const marks = h(
    "span",
    { class: "composer-marks", role: "group", "aria-label": "Formatting" },
    MARKS.map(markButton),
  );
  const tools = h("span", { class: "composer-tools" }, marks, tray.button, tray.picker);
  const bar = h("div", {});
  const input = h("textarea", {
    id: `${id}-input`,
    rows: "1",
    "data-testid": hooks.input,
    "aria-describedby": `${id}-hint`,
    autocomplete: "off",
  });
  const button = h(
    "button",
    { type: "submit", class: "button primary send", "data-testid": hooks.send },
    icon("send"),
    h("span", {}, "Send"),
  );
  const row = h("div", { class: "composer-row" }, toggle, label, input, button);
  form.replaceChildren(bar, tray.node, row, h("div", { class: "composer-hint" }, words, tools));
  return { mention, toggle, label, input, button, words, marks, bar };
}

function markButton({ name, glyph, key }) {
  const title = key ? `${name} (Ctrl+${key.toUpperCase()})` : name;
  return h("button", { type: "button", class: "mark", "aria-label": name, title }, icon(glyph));
}

function mark(input, { around, before }) {
  const { selectionStart: start, selectionEnd: end, value } = input;
  const chosen = value.slice(start, end);
  input.focus();
  if (around) {
    input.setRangeText(`${around}${chosen}${around}`, start, end, "end");
    input.setSelectionRange(start + around.length, end + around.length);
    return;
  }
  const from = value.lastIndexOf("\n", start - 1) + 1;
  input.setRangeText(value.slice(from, end).replace(/^/gmu, before), from, end, "end");
}
