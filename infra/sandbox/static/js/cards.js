/** Knows how an Adaptive Card is drawn and what pressing its buttons hands on; not what a press leads to. */

import { h } from "./dom.js";
import { cardMarkdown, isLink } from "./markup.js";

const SPACES = { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 12 };
const SIZES = { small: 12, default: 14, medium: 16, large: 19, extraLarge: 24 };
const WEIGHTS = { lighter: 350, default: 400, bolder: 650 };

const tone = (name) => ({ default: `var(--${name})`, subtle: `var(--${name})` });
const COLOURS = {
  default: { default: "var(--ink)", subtle: "var(--muted)" },
  dark: { default: "var(--ink)", subtle: "var(--muted)" },
  light: { default: "var(--surface)", subtle: "var(--line)" },
  accent: tone("channel"),
  good: tone("good"),
  warning: tone("warn"),
  attention: tone("stamp"),
};
const container = (background) => ({
  backgroundColor: background,
  borderColor: "var(--line)",
  foregroundColors: COLOURS,
});

/** The page's variables do the colours, so that one drawing serves light and dark. */
const HOST = {
  supportsInteractivity: true,
  fontFamily: "inherit",
  fontSizes: SIZES,
  fontWeights: WEIGHTS,
  lineHeights: { small: 17, default: 20, medium: 22, large: 25, extraLarge: 30 },
  spacing: SPACES,
  separator: { lineThickness: 1, lineColor: "var(--line)" },
  textStyles: { heading: { size: "Medium", weight: "Bolder", color: "Default", isSubtle: false } },
  textBlock: { headingLevel: 4 },
  factSet: {
    title: { weight: "Default", isSubtle: true, maxWidth: 160, wrap: true },
    value: { wrap: true },
    spacing: 14,
  },
  table: { cellSpacing: 6 },
  inputs: {
    label: { inputSpacing: "Small", requiredInputs: { suffix: " *" }, optionalInputs: {} },
    errorMessage: { color: "Attention", size: "Small" },
  },
  actions: { maxActions: 6, buttonSpacing: 8, actionAlignment: "Left", showCard: { inlineTopMargin: 8 } },
  containerStyles: {
    default: container("transparent"),
    emphasis: container("var(--sunk)"),
    accent: container("var(--channel-soft)"),
    good: container("var(--good-soft)"),
    warning: container("var(--warn-soft)"),
    attention: container("var(--stamp-soft)"),
  },
};

const library = globalThis.AdaptiveCards;
library.GlobalSettings.setTabIndexAtCardRoot = false;
library.GlobalSettings.useAdvancedTextBlockTruncation = false;
library.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = cardMarkdown(text);
  result.didProcess = true;
};

let directory = [];

/** Who is found by a field that picks people; Teams asks Entra. */
export function knowPeople(people) {
  directory = people.map((person) => ({ title: person.name, value: person.id }));
}

/** The card with the directory's people in the fields that pick one. */
function withPeople(node) {
  if (Array.isArray(node)) return node.map(withPeople);
  if (node === null || typeof node !== "object") return node;
  const { "choices.data": asked, ...rest } = node;
  const copy = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withPeople(value)]));
  return asked ? { ...copy, choices: directory, style: "compact" } : copy;
}

/**
 * The element of a card. `onPress({verb, data})` runs for Execute and Submit, after the inputs were found valid; `data`
 * holds the action's own data and the inputs. A card that cannot be drawn shows its fallback text.
 */
export function drawn(json, onPress) {
  const card = new library.AdaptiveCard();
  card.hostConfig = new library.HostConfig(HOST);
  card.onExecuteAction = (action) => act(action, onPress);
  card.onAnchorClicked = (_element, anchor) => !isLink(anchor.href);
  try {
    card.parse(withPeople(json));
    return h("div", { class: "card" }, card.render() ?? fallback(json));
  } catch {
    return h("div", { class: "card" }, fallback(json));
  }
}

const fallback = (json) => h("p", {}, String(json.fallbackText ?? "A card that this page cannot show."));

function act(action, onPress) {
  const kind = action.getJsonTypeName();
  if (kind === "Action.OpenUrl") openLink(action.url);
  else if (kind === "Action.Execute" || kind === "Action.Submit")
    onPress({ verb: action.verb ?? "", data: action.data ?? {} });
}

function openLink(url) {
  if (isLink(url)) globalThis.open(url, "_blank", "noopener,noreferrer");
}

/** Whether a card is one line, such as the delivery receipt, and needs no frame. */
export function isOneLine(card) {
  const body = card?.body ?? [];
  return body.length === 1 && (body[0].type === "ColumnSet" || (body[0].type === "TextBlock" && !body[0].style));
}
