/** Knows the archive pane: the list of records, one opened, the checkpoint, verification; not how records are made. */

import { busy, h, reconcile, roving, tabStop } from "./dom.js";
import { icon } from "./icons.js";
import { checkpointSheet, recordSheet } from "./sheet.js";
import { count, utcTime } from "./words.js";

const KEPT = 300;
const TITLES = { grow: "Larger archive", shrink: "Smaller archive" };

/**
 * Takes over the archive pane. `server` offers `since(index)`, `record(index)`, `proof(index)`, `verify()`, `tamper()` and `repair()`.
 * `onFact(name)` hears `verified`, and `caught` when a verification found a byte that was flipped here.
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
    this.isTampered = false;
    this.suspects = new Map();
    this.rows = root.querySelector(".ledger-rows");
    this.sheet = root.querySelector("[data-sheet]");
    this.verdict = root.querySelector('[data-testid="archive-verify-result"]');
    this.repairButton = root.querySelector('[data-testid="archive-repair"]');
    this.wire();
  }

  wire() {
    const button = (name) => this.root.querySelector(`[data-testid="archive-${name}"]`);
    const on = (name, act) =>
      button(name).addEventListener("click", () => busy(button(name), act, this.tools.complain));
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

  /** Fetches what came after the last known record; an archive that shrank is taken whole. */
  async load() {
    const last = this.records.at(-1)?.index ?? -1;
    const state = await this.tools.server.since(last);
    if (state.size < this.size) return this.show(await this.tools.server.since(-1));
    const news = state.records.filter((record) => record.index > last);
    this.records = [...this.records, ...news].slice(-KEPT);
    this.render(state);
  }

  render(state) {
    const { size, checkpoint, enforcement } = state;
    if (size < this.size) this.forget();
    this.state = state;
    this.size = size;
    this.isTampered = state.tampered ?? this.isTampered;
    this.repairButton.setAttribute("aria-disabled", !this.isTampered);
    this.root.querySelector("[data-size]").textContent = count(size, "record");
    this.label(enforcement);
    const first = this.rows.childElementCount === 0;
    const newest = [...this.records]
      .reverse()
      .map((record) => ({ ...record, suspect: this.suspects.has(record.index) }));
    const fresh = reconcile(
      this.rows,
      newest,
      (record) => record.index,
      (record) => this.row(record),
    );
    if (!first) for (const view of fresh) view.node.classList.add("fresh");
    if (!this.rows.querySelector('button[tabindex="0"]')) tabStop(this.rows, this.rows.querySelector("button"));
    if (this.opened === null) this.showCheckpoint(checkpoint, size);
  }

  /** Redrawn only when it changed: somebody may be selecting its text. */
  showCheckpoint(checkpoint, size) {
    if (this.sheet.dataset.shows === checkpoint) return;
    this.sheet.dataset.shows = checkpoint;
    this.sheet.replaceChildren(checkpointSheet(checkpoint, size));
  }

  /** An archive that shrank is another archive: what was said about the old one does not hold. */
  forget() {
    this.opened = null;
    this.suspects = new Map();
    this.sheet.dataset.shows = "";
    this.verdict.replaceChildren();
  }

  label(enforcement) {
    const tag = this.root.querySelector("[data-enforcement]");
    tag.textContent = enforcement;
    tag.hidden = !enforcement;
  }

  row(record) {
    const parts = {
      kind: h("span", { class: "kind" }),
      what: h("span", { class: "what" }),
      time: h("time"),
      index: h("span", { class: "index" }),
    };
    const button = h(
      "button",
      {
        type: "button",
        class: "ledger-row",
        "data-testid": "archive-record",
        "data-index": record.index,
        tabindex: "-1",
      },
      parts.index,
      parts.time,
      parts.kind,
      parts.what,
    );
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
    const page = await recordSheet(index, found, {
      finding: this.suspects.get(index),
      onClose: () => this.close(),
      prove: this.tools.server.proof,
    });
    this.sheet.dataset.shows = "";
    this.sheet.replaceChildren(page);
    this.sheet.scrollTop = 0;
    this.tools.announce(`Record ${index} is open`);
  }

  close() {
    const button = this.rows.querySelector(`[data-index="${this.opened}"]`);
    this.opened = null;
    this.markOpened();
    this.showCheckpoint(this.state.checkpoint, this.size);
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

  judge({ ok, size, findings = [], seconds }) {
    const took = `${Number(seconds ?? 0).toFixed(2)} s`;
    const broken = findings.filter((finding) => finding.severity !== "notice");
    this.suspects = new Map(
      ok
        ? []
        : broken.filter((finding) => indexOf(finding) !== null).map((finding) => [indexOf(finding), finding.what]),
    );
    const listed = findings.map(findingView);
    if (ok)
      this.rule(
        "good",
        `Intact. ${count(size ?? this.size, "record")} checked in ${took}: none altered, none missing between.`,
        [h("li", {}, "Newer ones cut off would show only against a checkpoint kept elsewhere."), ...listed],
      );
    else this.rule("bad", `Not intact. ${count(broken.length, "finding")} in ${took}:`, listed);
    if (ok) this.tools.onFact("verified");
    else if (this.isTampered) this.tools.onFact("caught");
    this.render(this.state);
    this.reopen();
  }

  async tamper() {
    const { segment, index, offset } = await this.tools.server.tamper();
    this.isTampered = true;
    const place = [segment, index !== undefined && `record ${index}`, offset !== undefined && `byte ${offset}`]
      .filter(Boolean)
      .join(", ");
    this.rule("warn", `One byte on disk is different now${place && `: ${place}`}. Nobody has noticed yet; verify.`);
    await this.reload();
  }

  async repair() {
    if (!this.isTampered) return;
    await this.tools.server.repair();
    this.isTampered = false;
    this.suspects = new Map();
    this.rule("warn", "The byte was put back. Verify to see that everything matches again.");
    await this.reload();
  }

  async reload() {
    this.show(await this.tools.server.since(-1));
    this.reopen();
  }

  reopen() {
    if (this.opened !== null) this.open(this.opened);
  }

  rule(tone, words, findings = []) {
    const mark = { good: "check", bad: "failed", warn: "failed" }[tone];
    this.verdict.dataset.tone = tone;
    this.verdict.replaceChildren(
      ...[mark && icon(mark), h("p", {}, words), findings.length > 0 && h("ul", {}, findings)].filter(Boolean),
    );
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

const findingView = (finding) => h("li", {}, h("strong", {}, placeOf(finding)), ": ", finding.what);

/** Where a finding is: said in words already, or as the archive's report spells it. */
function placeOf({ place, blob, record, line, offset }) {
  if (place) return place;
  const parts = { record, line, byte: offset };
  return [
    blob,
    ...Object.entries(parts)
      .filter(([, at]) => at !== null && at !== undefined)
      .map(([name, at]) => `${name} ${at}`),
  ]
    .filter(Boolean)
    .join(", ");
}

/** The index of the record a finding names, or null. */
function indexOf(finding) {
  const index = finding.record ?? /\brecord (\d+)/iu.exec(finding.place ?? "")?.[1] ?? null;
  return index === null ? null : Number(index);
}
