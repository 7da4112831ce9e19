/** Knows the bar above a field that says which message the next words answer or replace; not where they go. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

const TITLES = { edit: "Edit your message", reply: "Reply to" };

/** Takes over a bar. Answers `show({verb, words})`, where null hides it; `onEnd` runs when its cross is pressed. */
export function aboutBar(bar, onEnd) {
  bar.classList.add("about-bar");
  bar.hidden = true;
  return (about) => {
    bar.hidden = !about;
    if (!about) return bar.replaceChildren();
    const close = h("button", { type: "button", class: "button ghost icon-only", "aria-label": "Never mind" });
    close.append(icon("close"));
    close.addEventListener("click", onEnd);
    const words = h("p", {}, h("strong", {}, TITLES[about.verb]), h("span", {}, about.words));
    bar.replaceChildren(icon(about.verb), words, close);
  };
}
