/** Knows how to read what posts and cards say, for the words around them and the first steps; draws nothing. */

import { harmless } from "./markup.js";

/** Whom a thread is about: the heading of the bot's card that opens it. Other threads are about nobody. */
export const threadName = ({ root }) => (root.author.bot ? cardTitle(root.card) : "");

/** Every word of a post, its card's included. */
export const postWords = (post) => `${post.html ? linesOf(post.html) : ""} ${cardWords(post.card)}`.trim();

function linesOf(html) {
  const content = harmless(html);
  for (const end of content.querySelectorAll("br, p, li, blockquote")) end.append("\n");
  for (const end of content.querySelectorAll("br")) end.replaceWith("\n");
  return content.textContent.trim();
}

/** Every post of a kind of channel, as {channel, thread, post, words}. */
export function* posts(teams, kind) {
  for (const channel of teams.channels.filter((candidate) => candidate.kind === kind)) {
    for (const thread of channel.threads) {
      for (const post of [thread.root, ...thread.replies]) yield { channel, thread, post, words: postWords(post) };
    }
  }
}

/** Every word a reader of the card sees, in order: for what the page says about a card, and what the steps look for. */
function cardWords(node) {
  if (Array.isArray(node)) return node.map(cardWords).filter(Boolean).join(" ");
  if (node === null || typeof node !== "object") return "";
  const own = ["text", "title", "value"].map((name) => node[name]).filter((word) => typeof word === "string");
  const nested = ["body", "items", "columns", "facts", "rows", "cells", "inlines"].map((name) => cardWords(node[name]));
  return unescaped([...own, ...nested].filter(Boolean).join(" "));
}

/** A card's heading, such as the contact's name on the card that opens a thread; empty without one. */
function cardTitle(card) {
  const heading = card?.body?.find((element) => element.type === "TextBlock" && element.style === "heading");
  return unescaped(heading?.text ?? "");
}

const unescaped = (text) => text.replace(/\\([!-/:-@[-`{-~])/gu, "$1");
