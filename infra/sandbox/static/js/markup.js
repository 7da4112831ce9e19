/** Knows which marks in other people's text become markup, through allow-lists; no text ever becomes code. */

const TAGS = new Set("a b blockquote br code del div em i li ol p pre s span strike strong sub sup u ul".split(" "));
const DROPPED = new Set("script style template iframe object embed svg math title noscript textarea select".split(" "));
const LINKS = new Set(["https:", "http:", "mailto:"]);
const DEPTH = 40;

/** The harmless part of some HTML, built anew node by node; it is parsed in a document that runs and loads nothing. */
export function harmless(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fragment = document.createDocumentFragment();
  copyChildren(parsed.body, fragment, 0);
  return fragment;
}

function copyChildren(from, to, depth) {
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) to.append(child.data);
    else if (child.nodeType === Node.ELEMENT_NODE) copyElement(child, to, depth);
  }
}

function copyElement(element, to, depth) {
  const tag = element.localName;
  if (DROPPED.has(tag) || depth > DEPTH) return;
  const copy = twin(element, tag);
  copyChildren(element, copy ?? to, depth + 1);
  if (copy) to.append(copy);
}

/** The element's allowed twin, or null when only its children may stay. */
function twin(element, tag) {
  if (isMention(element, tag)) return mention();
  if (tag === "a") return link(element.getAttribute("href"));
  if (!TAGS.has(tag)) return null;
  const copy = document.createElement(tag);
  if (tag === "blockquote" && element.classList.contains("reply")) copy.className = "reply";
  return copy;
}

/** Teams writes a mention as `<at>` or as a span of a type; the sandbox's server as a span of a class. */
function isMention(element, tag) {
  if (tag === "at") return true;
  return (
    tag === "span" &&
    (element.classList.contains("mention") || /\/Mention$/u.test(element.getAttribute("itemtype") ?? ""))
  );
}

function mention() {
  const span = document.createElement("span");
  span.className = "mention";
  return span;
}

function link(href) {
  if (!isLink(href)) return null;
  const anchor = document.createElement("a");
  Object.assign(anchor, { href, target: "_blank", rel: "noopener noreferrer nofollow" });
  return anchor;
}

/** Whether an address is absolute and of a kind that may be opened. */
export const isLink = (href) => URL.canParse(href ?? "") && LINKS.has(new URL(href).protocol);

/** Whether somebody mentions the bot in this HTML. Works on the parsed text, not on the look of the source. */
export const mentions = (html, name) =>
  [...harmless(html ?? "").querySelectorAll(".mention")].some(
    (node) => node.textContent.replace(/^@/u, "").trim() === name,
  );

/** Whether this HTML gives the bot a command that reaches nobody: a slash after its name, other than a prepared text. */
export const commands = (html, name) => {
  const [before, after] = harmless(html ?? "").textContent.split(name, 2);
  return before?.replace(/^@/u, "").trim() === "" && /^\s*\/(?!quick\b)/iu.test(after ?? "");
};

const CHAT_MARKS = /(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/u;
const CHAT_TAGS = { "*": "strong", _: "em", "~": "s" };

/** A WhatsApp text with its *bold*, _italic_ and ~struck~ words. */
export const chatText = (text) =>
  rewritten(text, CHAT_MARKS, ([, mark, words]) => filled(CHAT_TAGS[mark], chatText(words)));

/** A fragment of the text in which every match of a pattern, from the left, became what `node(match)` answers. */
function rewritten(text, pattern, node) {
  const fragment = document.createDocumentFragment();
  let rest = text;
  for (let match = pattern.exec(rest); match; match = pattern.exec(rest)) {
    fragment.append(rest.slice(0, match.index), node(match));
    rest = rest.slice(match.index + match[0].length);
  }
  fragment.append(rest);
  return fragment;
}

const INLINE =
  /\\([!-/:-@[-`{-~])|\*\*(?=\S)([^]*?\S)\*\*|(\*|(?<!\w)_)(?=\S)([^]*?\S)\3(?!(?<=_)\w)|\[([^\]]*)\]\(([^)\s]*)\)|<at>([^<]+)<\/at>/u;
const LIST_LINE = /^\s*(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/u;

/** The HTML of an Adaptive Card text: escapes, bold, italic, links, mentions, lists and paragraphs, as Teams shows it. */
export function cardMarkdown(text) {
  const holder = document.createElement("div");
  for (const block of text.replace(/\r\n?/gu, "\n").split(/\n{2,}/u)) holder.append(...blockNodes(block));
  return holder.innerHTML;
}

function blockNodes(block) {
  const items = block.split("\n").map((line) => LIST_LINE.exec(line));
  if (!items.every(Boolean)) return [filled("p", inline(block))];
  const list = document.createElement(items[0][1] ? "ol" : "ul");
  if (items[0][1]) list.start = Number(items[0][1]);
  list.append(...items.map((item) => filled("li", inline(item[2]))));
  return [list];
}

const inline = (text) => rewritten(text, INLINE, marked);

function marked([whole, escaped, bold, , italic, label, href, called]) {
  if (called !== undefined) return named(called);
  if (escaped !== undefined) return escaped;
  if (bold !== undefined) return filled("strong", inline(bold));
  if (italic !== undefined) return filled("em", inline(italic));
  const anchor = link(href);
  if (!anchor) return whole;
  anchor.append(inline(label));
  return anchor;
}

function named(name) {
  const span = mention();
  span.append(name);
  return span;
}

function filled(tag, content) {
  const node = document.createElement(tag);
  node.append(content);
  return node;
}
