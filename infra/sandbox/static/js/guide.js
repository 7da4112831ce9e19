/** Knows the first story and ticks a step when the server's data show that it happened; not how anything is done. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { mentions } from "./markup.js";
import { posts, threadName } from "./reading.js";
import { remember } from "./topbar.js";
import { firstName } from "./words.js";

const HIDDEN_KEY = "waybill.guide.hidden";

/** The steps: a short name, what to do, when it happened (`facts` in, boolean out), and what `Show me` prepares. */
const STEPS = [
  {
    name: "Write as Ada",
    hint: "Type something on Ada’s phone. She is unknown, so nobody but the administrators will see it.",
    happened: ({ ada }) => Boolean(ada?.messages.some((message) => message.from === "contact")),
    prepare: ({ ada }, { phone }) => phone.prepare(ada.id, "Good morning, could you call me about the bond?"),
  },
  {
    name: "Approve her",
    hint: (facts) =>
      `As Ruth, post “contact approve ${contactId(facts)}” in the admin channel, or press Approve on the card.`,
    happened: (facts) => Boolean(adaThread(facts)),
    prepare: (facts, { teams }) =>
      teams.prepare({
        person: person(facts, "Ruth", "compliance"),
        kind: "admin",
        text: `contact approve ${contactId(facts)}`,
        mention: true,
      }),
  },
  {
    name: "Reply with @Waybill",
    hint: "As Marc, answer in Ada’s thread with @Waybill switched on: it goes to her phone.",
    happened: (facts) => said(facts, true),
    prepare: (facts, tools) => reply(facts, tools, "Good morning Ada, I will call you at ten.", true),
  },
  {
    name: "Watch the receipt",
    hint: "The line under your reply counts sent, delivered, read. Keep Ada’s phone in view and it is read.",
    happened: ({ teams, bot }) =>
      someReply(teams, ({ post, words }) => post.author.id === bot.id && /\bdelivered \d/u.test(words)),
    prepare: ({ ada }, { phone }) => phone.prepare(ada.id, ""),
  },
  {
    name: "Remark inside",
    hint: "Write in the same thread with @Waybill switched off. Ada’s phone stays silent.",
    happened: (facts) => said(facts, false),
    prepare: (facts, tools) => reply(facts, tools, "She means the 2031 bond. Let us check the limit first.", false),
  },
  {
    name: "Edit and delete",
    hint: "Open the menu of your remark, edit it, then delete it. In the archive all three versions stay.",
    happened: (facts) => someReply(facts.teams, ({ post }) => post.deleted && !post.author.bot),
    prepare: (facts, { teams }) => teams.lookInto(person(facts, "Marc", "adviser"), adaThread(facts)),
  },
  {
    name: "Let a day pass",
    hint: "Break something → + 24 hours. Then write to Ada: WhatsApp takes templates only. Choose one and send it.",
    happened: ({ ada }) => Boolean(ada?.messages.some((message) => message.kind === "template")),
    prepare: (_facts, { focus }) => focus("break"),
  },
  {
    name: "Archive down",
    hint: "Switch the archive off, write on the phone: the message waits, and the thread says so. Switch it on again.",
    happened: ({ done, bar }) => done.archiveWasDown && !bar.faults.archive_down,
    prepare: (_facts, { focus }) => focus("break"),
  },
  {
    name: "Crash",
    hint: "Crash the service in mid-conversation, and count: lost and doubled stay at nought.",
    happened: ({ bar }) => bar.service.crashes > 0 && bar.service.state === "up",
    prepare: (_facts, { focus }) => focus("break"),
  },
  {
    name: "Flip a byte",
    hint: "Verify the archive. Flip one byte on disk and verify again: the place is named. Then put it back.",
    happened: ({ done }) => done.caught,
    prepare: (_facts, { focus }) => focus("archive-tamper"),
  },
];

/** Takes over the strip. `tools` are {phone, teams, focus}. Answers `look({phone, teams, bar})` and `note(fact)`. */
export function mountGuide(root, showButton, tools) {
  return new Guide(root, showButton, tools);
}

class Guide {
  constructor(root, showButton, tools) {
    this.root = root;
    this.tools = tools;
    this.done = { verified: false, caught: false, archiveWasDown: false };
    this.facts = null;
    this.hint = root.querySelector(".guide-hint");
    this.views = STEPS.map((step, at) => this.step(step, at));
    root.querySelector(".guide-steps").append(...this.views.map((view) => view.node));
    this.dismissal(showButton);
  }

  step(step, at) {
    const mark = h("span", { class: "guide-mark", "aria-hidden": "true" }, String(at + 1));
    const state = h("span", { class: "sr-only" });
    const button = h(
      "button",
      {
        type: "button",
        class: "guide-step",
        title: `${step.name}: press to go there`,
        "aria-describedby": "guide-hint",
      },
      mark,
      h("span", { class: "guide-name" }, step.name),
      state,
    );
    button.addEventListener("click", () => this.facts && step.prepare(this.facts, this.tools));
    return { node: h("li", {}, button), button, mark, state, at };
  }

  dismissal(showButton) {
    const hide = this.root.querySelector("[data-guide-hide]");
    hide.append(icon("close"));
    const set = (hidden) => {
      this.root.hidden = hidden;
      showButton.hidden = !hidden;
      remember(HIDDEN_KEY, hidden ? "yes" : "no");
    };
    hide.addEventListener("click", () => {
      set(true);
      showButton.focus();
    });
    showButton.addEventListener("click", () => {
      set(false);
      hide.focus();
    });
    set(isRemembered());
  }

  /** New data of the phones, the team and the bar. */
  look({ phone, teams, bar }) {
    if (!phone || !teams || !bar) return;
    if (bar.faults.archive_down) this.done.archiveWasDown = true;
    const ada = phone.contacts.find((contact) => firstName(contact.name) === "Ada") ?? phone.contacts[0];
    this.facts = { ada, teams, bar, bot: teams.bot, done: this.done };
    this.draw();
  }

  /** What a verification said: `verified`, or `caught` when it named a flipped byte. */
  note(fact) {
    this.done[fact] = true;
    this.draw();
  }

  draw() {
    if (!this.facts) return;
    this.ticked = STEPS.map((step, at) => this.ticked?.[at] || step.happened(this.facts)); // what happened, has happened
    const { ticked } = this;
    const current = ticked.indexOf(false);
    for (const view of this.views) drawStep(view, { done: ticked[view.at], current: view.at === current });
    const words =
      current < 0
        ? "That was the story. The panel breaks more: WhatsApp's errors, webhooks twice, seven years at once."
        : hintOf(STEPS[current], this.facts);
    if (this.hint.textContent !== words) this.hint.textContent = words;
  }
}

const hintOf = ({ hint }, facts) => (typeof hint === "function" ? hint(facts) : hint);

function drawStep({ button, mark, state, at }, { done, current }) {
  button.classList.toggle("done", done);
  if (current) button.setAttribute("aria-current", "step");
  else button.removeAttribute("aria-current");
  mark.replaceChildren(done ? icon("check") : String(at + 1));
  state.textContent = done ? " (done)" : "";
}

function isRemembered() {
  try {
    return localStorage.getItem(HIDDEN_KEY) === "yes";
  } catch {
    return false;
  }
}

const someReply = (teams, test) =>
  [...posts(teams, "client")].some((entry) => entry.post.id !== entry.thread.root.id && test(entry));

/** Whether a person wrote in Ada's thread, with the mention or without. */
const said = (facts, mention) =>
  someReply(
    facts.teams,
    ({ thread, post }) =>
      thread === adaThread(facts) &&
      !post.author.bot &&
      !post.deleted &&
      mentions(post.html, facts.bot.name) === mention,
  );

const adaThread = ({ teams, ada }) =>
  ada &&
  [...posts(teams, "client")]
    .map((entry) => entry.thread)
    .find((thread) => threadName(thread).startsWith(firstName(ada.name)));

function person({ teams }, first, role) {
  const people = teams.people;
  return (
    people.find((candidate) => firstName(candidate.name) === first) ??
    people.find((candidate) => candidate.role === role)
  )?.id;
}

/** Ada's id in the registry, from the card that holds her messages; the first id of a new sandbox otherwise. */
function contactId({ teams, ada }) {
  const cards = [...posts(teams, "admin")].map((entry) => entry.words).filter((words) => words.includes("C-"));
  const number = digits(ada.number ?? "");
  const hers = cards.find((words) => words.includes(ada.name) || (number && digits(words).includes(number)));
  return /\bC-\d+\b/u.exec(hers ?? cards.at(-1) ?? "")?.[0] ?? "C-1001";
}

const digits = (text) => text.replace(/\D/gu, "");

function reply(facts, { teams }, text, mention) {
  const thread = adaThread(facts);
  if (thread) teams.prepareReply({ person: person(facts, "Marc", "adviser"), thread, text, mention });
}
