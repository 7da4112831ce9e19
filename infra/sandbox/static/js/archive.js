/** Knows the archive pane: the list of records, one opened, the checkpoint, verification; not how records are made. */

import { busy, h, reconcile, roving, tabStop } from "./dom.js";
import { icon } from "./icons.js";
import { checkpointSheet, recordSheet } from "./sheet.js";
import { count, utcTime } from "./words.js";

const KEPT = 300;
const TITLES = { grow: "Larger archive", shrink: "Smaller archive" };

/**
 * Takes over the archive pane. `server` offers `since(index)`, `record(index)`, `verify()`, `tamper()` and `repair()`.
 * `onFact(name)` hears `verified`, `tampered`, `repaired`, `broken`: what the server answered. Answers `show(archive)`, `load()`.
 */
export function mountArchive(root, { server, announce, complain, onFact }) {
  return new Archive(root, { server, announce, complain, onFact });
}

class Archive {
  constructor(root, tools) {
    this.root = root;
    this.tools = tools;
    this.records = [];
    this.size = 0;
    this.opened = null;
    this.suspects = new Set();
    this.rows = root.querySelector(".ledger-rows");
    this.sheet = root.querySelector("[data-sheet]");
    this.verdict = root.querySelector('[data-testid="archive-verify-result"]');
    this.wire();
  }

  wire() {
    const button = (name) => this.root.querySelector(`[data-testid="archive-${name}"]`);
    const on = (name, act) => button(name).addEventListener("click", () => busy(button(name), act, this.tools.complain));
    on("verify", () => this.verify());
    on("tamper", () => this.tamper());
    on("repair", () => this.repair());
    roving(this.rows, { vertical: true });
    this.grower();
  }

  grower() {
    const button = this.root.querySelector(".archive-grow");
    const draw = (large) => {
      button.replaceChildren(icon(large ? "shrink" : "grow"));
      button.setAttribute("aria-pressed", large);
      button.title = large ? TITLES.shrink : TITLES.grow;
    };
    button.addEventListener("click", () => draw(document.body.classList.toggle("archive-large")));
    draw(false);
  }

  /** Takes over the whole state; what is known already is replaced. */
  show(state) {
    this.records = state.records;
    this.render(state);
  }

  /** Fetches what came after the last known record; an archive that shrank is another archive and is taken whole. */
  async load() {
    const last = this.records.at(-1)?.index ?? -1;
    const state = await this.tools.server.since(last);
    if (state.size < this.size) return this.show(await this.tools.server.since(-1));
    const news = state.records.filter((record) => record.index > last);
    this.records = [...this.records, ...news].slice(-KEPT);
    this.render(state);
  }

  render({ size, checkpoint, enforcement }) {
    this.size = size;
    this.checkpoint = checkpoint;
    this.root.querySelector("[data-size]").textContent = count(size, "record");
    this.label(enforcement);
    const first = this.rows.childElementCount === 0;
    const newest = [...this.records].reverse().map((record) => ({ ...record, suspect: this.suspects.has(record.index) }));
    const fresh = reconcile(this.rows, newest, (record) => record.index, (record) => this.row(record));
    if (!first) for (const view of fresh) view.node.classList.add("fresh");
    if (!this.rows.querySelector('button[tabindex="0"]')) tabStop(this.rows, this.rows.querySelector("button"));
    if (this.opened === null) this.sheet.replaceChildren(checkpointSheet(checkpoint, size));
  }

  label(enforcement) {
    const tag = this.root.querySelector("[data-enforcement]");
    tag.textContent = enforcement;
    tag.hidden = !enforcement;
  }

  row(record) {
    const parts = { kind: h("span", { class: "kind" }), what: h("span", { class: "what" }), time: h("time"), index: h("span", { class: "index" }) };
    const button = h("button", { type: "button", class: "ledger-row", "data-testid": "archive-record", "data-index": record.index, tabindex: "-1" }, parts.index, parts.time, parts.kind, parts.what);
    button.addEventListener("click", () => this.open(record.index));
    return { node: h("li", {}, button), show: (now) => fillRow(button, parts, now) };
  }

  async open(index) {
    const button = this.rows.querySelector(`[data-index="${index}"]`);
    const found = await busy(button, () => this.tools.server.record(index), this.tools.complain);
    if (!found) return;
    this.opened = index;
    tabStop(this.rows, button);
    this.markOpened();
    this.sheet.replaceChildren(await recordSheet(index, found, () => this.close()));
    this.sheet.scrollTop = 0;
    this.tools.announce(`Record ${index} is open`);
  }

  close() {
    const button = this.rows.querySelector(`[data-index="${this.opened}"]`);
    this.opened = null;
    this.markOpened();
    this.sheet.replaceChildren(checkpointSheet(this.checkpoint, this.size));
    button?.focus();
  }

  markOpened() {
    for (const button of this.rows.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", Number(button.dataset.index) === this.opened);
    }
  }

  async verify() {
    this.rule("busy", "Reading every segment and checking every hash and signature …");
    try {
      this.judge(await this.tools.server.verify());
    } catch (refusal) {
      this.rule("bad", refusal.message);
    }
  }

  judge(result) {
    const { ok, size, findings = [], seconds } = result;
    const took = `${Number(seconds ?? 0).toFixed(2)} s`;
    this.suspects = new Set(ok ? [] : findings.flatMap(({ place }) => indexOf(place)));
    if (ok) this.rule("good", `Intact. ${count(size, "record")} checked in ${took}: nothing altered, nothing missing.`);
    else this.rule("bad", `Not intact. ${count(findings.length, "finding")} in ${took}:`, findings.map(findingView));
    this.tools.onFact(ok ? "verified" : "broken");
    this.render({ size: this.size, checkpoint: this.checkpoint, enforcement: this.root.querySelector("[data-enforcement]").textContent });
  }

  async tamper() {
    const answer = await this.tools.server.tamper();
    this.rule("warn", ["One byte was flipped on disk", answer.place, "Nobody has noticed yet: verify."].filter(Boolean).join(". "));
    this.tools.onFact("tampered");
    this.reopen();
  }

  async repair() {
    await this.tools.server.repair();
    this.rule("warn", "The byte was put back. Verify to see that everything matches again.");
    this.tools.onFact("repaired");
    this.reopen();
  }

  reopen() {
    if (this.opened !== null) this.open(this.opened);
  }

  rule(tone, words, findings = []) {
    const mark = { good: "check", bad: "failed", warn: "failed" }[tone];
    this.verdict.dataset.tone = tone;
    this.verdict.replaceChildren(...[mark && icon(mark), h("p", {}, words), findings.length > 0 && h("ul", {}, findings)].filter(Boolean));
  }
}

function fillRow(button, { index, time, kind, what }, record) {
  index.textContent = record.index;
  time.dateTime = record.recorded_at;
  time.textContent = utcTime(record.recorded_at);
  kind.textContent = record.kind;
  kind.dataset.kind = record.kind;
  what.textContent = record.summary;
  what.title = record.summary;
  button.classList.toggle("suspect", record.suspect);
}

const findingView = ({ place, what }) => h("li", {}, h("strong", {}, place), ": ", what);

/** The record a finding's place names, if it names one: `record 17`. */
const indexOf = (place) => [/\brecord (\d+)/iu.exec(String(place))?.[1]].filter(Boolean).map(Number);
