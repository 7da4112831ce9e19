/** Knows how a record and a checkpoint are laid out, and recomputes a record's hash; not where they come from. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { count } from "./words.js";

/** The log's newest signed tree head, with a sentence on what it is. */
export function checkpointSheet(checkpoint, size) {
  return h(
    "div",
    { class: "sheet-page" },
    h("h3", {}, "Checkpoint"),
    h(
      "p",
      { class: "sheet-about" },
      `One signature over the whole log (${count(size, "record")}): its name, its size, its root hash. `,
      "Open a record to see what is behind a line.",
    ),
    h(
      "pre",
      { class: "checkpoint", tabindex: "0", "aria-label": "Checkpoint text" },
      checkpoint || "No checkpoint yet.",
    ),
  );
}

/** One record as the archive holds it: what a verification said of it, where it lies, its leaf hash, its fields. */
export async function recordSheet(index, { record, line, leaf_hash: leafHash, segment }, { finding, onClose, prove }) {
  const verdict = finding ? fact("Verification", h("span", { class: "differs" }, icon("failed"), finding)) : [];
  const places = [...fact("Segment", segment), ...fact("Leaf hash", leafHash)];
  const hash = fact("In this browser", await hashWords(line, leafHash));
  return h(
    "div",
    { class: "sheet-page", "data-testid": "archive-record-detail" },
    h("div", { class: "sheet-top" }, h("h3", {}, `Record ${index}`), closeButton(onClose)),
    h("dl", { class: "sheet-facts" }, ...verdict, ...places, ...hash),
    h("pre", { class: "sheet-json", tabindex: "0", "aria-label": "Fields of the record" }, coloured(record)),
    storedLine(line),
    proofOf(index, prove),
  );
}

/** Made when it is first asked for; what it shows is what an auditor would be given. */
function proofOf(index, prove) {
  const shown = h("div", {});
  const details = h("details", { class: "sheet-raw", "data-testid": "archive-proof" });
  details.append(h("summary", {}, "Its proof, for standard tools"), shown);
  const load = async () => {
    try {
      const { proof } = await prove(index);
      const href = URL.createObjectURL(new Blob([proof], { type: "text/plain" }));
      const save = h("a", { href, download: `${index}.tlog-proof` }, `Save ${index}.tlog-proof`);
      shown.replaceChildren(h("pre", { tabindex: "0", "aria-label": "Proof of the record" }, proof), save);
    } catch (refusal) {
      shown.replaceChildren(h("p", { class: "sheet-about" }, refusal.message));
    }
  };
  details.addEventListener("toggle", () => details.open && !shown.hasChildNodes() && load());
  return details;
}

function closeButton(onclick) {
  const attributes = { type: "button", class: "button ghost icon-only", "aria-label": "Close the record", onclick };
  return h("button", attributes, icon("close"));
}

function storedLine(line) {
  const stored = h("pre", { tabindex: "0", "aria-label": "Stored line" }, line);
  return h("details", { class: "sheet-raw" }, h("summary", {}, "The stored line, byte for byte"), stored);
}

const fact = (name, value) => [h("dt", {}, name), h("dd", {}, value ?? "")];

/** Whether this browser gets the leaf hash the server names (RFC 6962: SHA-256 over a zero byte and the line). */
async function hashWords(line, claimed) {
  if (!globalThis.crypto?.subtle || !claimed || typeof line !== "string") return "not possible in this browser";
  const same = await Promise.all(
    [line, line.replace(/\n$/u, "")].map(async (text) => forms(await leaf(text)).includes(plain(claimed))),
  );
  return same.some(Boolean)
    ? h("span", { class: "same" }, icon("check"), "the same hash from these bytes")
    : h("span", { class: "differs" }, icon("failed"), "a different hash from these bytes");
}

async function leaf(text) {
  const bytes = new TextEncoder().encode(text);
  const input = new Uint8Array(bytes.length + 1);
  input.set(bytes, 1);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", input));
}

const plain = (hash) => hash.replace(/^sha256:/u, "").replace(/=+$/u, "");

function forms(digest) {
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const base64 = btoa(String.fromCharCode(...digest)).replace(/=+$/u, "");
  return [hex, base64, base64.replaceAll("+", "-").replaceAll("/", "_")];
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+/gu;

/** JSON with its names, texts and other values in elements of their own. */
function coloured(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon] = match;
    const kind = colon ? "name" : string ? "text" : "value";
    fragment.append(text.slice(end, match.index), h("span", { class: `json-${kind}` }, whole));
    end = match.index + whole.length;
  }
  fragment.append(text.slice(end));
  return fragment;
}
