/** Knows the field in which a person of the team writes, with its mention switch; not where the words go. */

import { h, inOrder, sendOnEnter } from "./dom.js";
import { icon } from "./icons.js";

/**
 * Builds a composer into `form`. `hooks` are its test ids {input, mention, send}. `send({text, mention})` throws when
 * it was not taken: the draft comes back then. After sending, the mention switch returns to its usual position, for a
 * mention is meant for one message.
 */
export function compose(form, { id, hooks, botName, send, complain }) {
  const parts = build(form, { id, hooks, botName });
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
    this.mention.addEventListener("change", () => this.reflect());
    form.addEventListener("submit", (event) => this.submit(event));
    sendOnEnter(this.input);
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
    this.hint.replaceChildren(icon(on ? "leave" : "lock"), on ? this.hints.on : this.hints.off);
  }

  draft() {
    return { text: this.input.value, mention: this.mention.checked };
  }

  restore(draft) {
    this.input.value = draft?.text ?? "";
    this.mention.checked = draft?.mention ?? this.usual;
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
    const draft = this.draft();
    if (!draft.text.trim()) return;
    this.restore(null);
    try {
      await this.queue(() => this.tools.send(draft));
    } catch (refusal) {
      this.tools.complain(refusal.message);
      if (!this.input.value) this.restore(draft);
    }
  }
}

function build(form, { id, hooks, botName }) {
  const mention = h("input", { type: "checkbox", id: `${id}-mention`, "data-testid": hooks.mention });
  const toggle = h(
    "label",
    { class: "mention-toggle", title: `Only a message that mentions @${botName} reaches it` },
    mention,
    h("span", {}, `@${botName}`),
  );
  const label = h("label", { class: "sr-only", for: `${id}-input` });
  const hint = h("p", { class: "composer-hint", id: `${id}-hint` });
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
  form.replaceChildren(h("div", { class: "composer-row" }, toggle, label, input, button), hint);
  return { mention, toggle, label, input, button, hint };
}
