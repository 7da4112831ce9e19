/** Knows the panel on which one breaks things: parts, WhatsApp's errors, webhooks, the service; not what that does. */

import { busy, h } from "./dom.js";
import { beside } from "./menu.js";
import { count } from "./words.js";

const PARTS = { archive_down: "Archive down", teams_down: "Teams down", whatsapp_down: "WhatsApp down" };
const SWITCHES = {
  teams_throttled: "Teams throttled",
  slow: "WhatsApp slow, 20 s",
  token_expired: "WhatsApp token expired",
  twice: "Every webhook twice",
  backwards: "Statuses backwards",
};
const JUMPS = { "24 hours": 24, "90 days": 90 * 24, "7 years": (7 * 365 + 2) * 24 };
const RULES = {
  limits: "WhatsApp’s rate limits",
  window_answers: "Closed window refused at once",
};

/**
 * Takes over the panel and the button that opens it. `tools` are the server's `fault(name, on)`, `trouble(verb, fields)`,
 * `kill()`, `clock(hours)` and `again()`, which asks it anew, and `complain`. Answers `show({faults, troubles, clock})`.
 */
export function mountBreaking(panel, button, tools) {
  const breaking = new Breaking(panel, button, tools);
  return { show: (state) => breaking.show(state) };
}

class Breaking {
  constructor(panel, button, tools) {
    this.panel = panel;
    this.tools = tools;
    this.button = button;
    this.state = button.parentElement.querySelector(".break-state");
    this.codes = h("select", { id: "break-code", "data-testid": "break-code" });
    this.status = h("p", { class: "break-said", role: "status" });
    this.build();
    panel.addEventListener("toggle", ({ newState }) => {
      if (newState !== "open") return;
      beside(panel, button);
      tools.again();
    });
  }

  build() {
    const fault = (name, on) => this.tools.fault(name, on);
    const trouble = (name, on) => this.tools.trouble("switch", { name, on });
    this.switches = [
      ...Object.entries(PARTS).map(([name, words]) => this.lever(name, words, fault, "fault")),
      ...Object.entries(SWITCHES).map(([name, words]) => this.lever(name, words, trouble, "trouble")),
    ];
    this.rules = Object.entries(RULES).map(([name, words]) => this.lever(name, words, trouble, "rule"));
    this.date = h("p", { class: "break-date" });
    const jump = ([words, hours]) => this.press(`+ ${words}`, `clock-${hours}`, () => this.tools.clock(hours));
    const clock = this.group("Clock", this.date, h("p", { class: "break-row" }, Object.entries(JUMPS).map(jump)));
    this.panel.append(
      this.group("Parts and networks", ...this.switches.map(({ label }) => label)),
      h(
        "div",
        { class: "break-column" },
        this.errors(),
        clock,
        this.group("As in life", ...this.rules.map(({ label }) => label)),
      ),
      h(
        "p",
        { class: "break-foot" },
        this.press("Crash the service", "service-kill", () => this.tools.kill(), "danger-quiet"),
        this.press("Make all well", "break-clear", () => this.clear()),
      ),
    );
  }

  group(title, ...children) {
    return h("fieldset", { class: "break-group" }, h("legend", {}, title), children);
  }

  lever(name, words, flip, kind) {
    const input = h("input", { type: "checkbox", role: "switch", "data-testid": `${kind}-${name}` });
    input.addEventListener("change", async () => {
      const on = input.checked;
      const done = await busy(input, () => flip(name, on), this.tools.complain);
      if (!done) input.checked = !on;
    });
    return { name, input, label: h("label", { class: `switch ${kind}` }, input, h("span", {}, words)) };
  }

  press(words, hook, act, look = "") {
    const button = h("button", { type: "button", class: `button ${look}`, "data-testid": hook }, words);
    button.addEventListener("click", () => busy(button, act, this.tools.complain));
    return button;
  }

  errors() {
    const fail = (all) => () =>
      this.tools.trouble("fail", {
        code: Number(this.codes.value),
        place: this.codes.selectedOptions[0].dataset.place,
        all,
      });
    return this.group(
      "WhatsApp refuses",
      h("label", { class: "sr-only", for: "break-code" }, "Error of WhatsApp"),
      this.codes,
      h(
        "p",
        { class: "break-row" },
        this.press("The next message", "break-next", fail(false)),
        this.press("Every message", "break-every", fail(true)),
      ),
      this.status,
    );
  }

  show({ faults, troubles, clock }) {
    const moved = clock.moved_days ? `, ${count(clock.moved_days, "day")} ahead` : "";
    this.date.textContent = `${clock.now.slice(0, 16).replace("T", " ")} UTC${moved}`;
    if (!this.codes.childElementCount) this.codes.append(...errorGroups(troubles.errors));
    const on = { ...faults, ...troubles.switches };
    for (const { name, input } of [...this.switches, ...this.rules]) {
      if (!input.getAttribute("aria-busy")) input.checked = on[name] === true;
    }
    for (const notice of document.querySelectorAll("[data-notice]"))
      notice.hidden = faults[notice.dataset.notice] !== true;
    this.tell(on, troubles);
  }

  tell(on, { every_send: answer, every_message: status, next }) {
    const said = [
      answer && `Every send is refused with ${answer}.`,
      status && `Every message ends with ${status}.`,
      next.length > 0 && `Next: ${next.join(", ")}.`,
    ].filter(Boolean);
    this.status.textContent = said.join(" ");
    const broken = this.switches.filter(({ name }) => on[name] === true).length + said.length;
    this.state.hidden = !broken;
    this.state.textContent = `${broken} broken`;
  }

  async clear() {
    for (const name of Object.keys(PARTS)) await this.tools.fault(name, false);
    return this.tools.trouble("clear", {});
  }
}

function errorGroups(errors) {
  const option =
    (place) =>
    ({ code, title }) =>
      h("option", { value: code, "data-place": place, title }, `${code} ${title}`);
  const group = (label, place) =>
    h("optgroup", { label }, errors.filter(({ places }) => places.includes(place)).map(option(place)));
  return [group("Accepted, then failed", "status"), group("Refused at once", "answer")];
}
