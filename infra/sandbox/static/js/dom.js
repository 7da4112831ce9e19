/** Knows how to make and update elements without losing focus, drafts or scroll positions; not what they mean. */

/** An element with attributes, listeners (`onclick`) and children. Strings become text, never markup. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) put(node, name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function put(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else node.setAttribute(name, value === true ? "" : value);
}

const kept = new WeakMap();

/**
 * Makes the children of `container` show `items`, in order. `make(item)` answers a view `{node, show(item)}`; a view
 * lives as long as its key is listed, and `show` runs only when its item changed. Answers the views that are new.
 */
export function reconcile(container, items, key, make) {
  const before = kept.get(container) ?? new Map();
  const after = new Map();
  const fresh = [];
  for (const item of items) {
    const id = key(item);
    const view = before.get(id) ?? make(item);
    if (!before.has(id)) fresh.push(view);
    refresh(view, item);
    after.set(id, view);
  }
  kept.set(container, after);
  for (const [id, view] of before) if (!after.has(id)) view.node.remove();
  place(container, [...after.values()]);
  return fresh;
}

function refresh(view, item) {
  const seen = JSON.stringify(item);
  if (view.seen === seen) return;
  view.show(item);
  view.seen = seen;
}

/** Moves only what stands wrong: moving an element takes its focus away. */
function place(container, views) {
  const focused = document.activeElement;
  let next = container.firstChild;
  for (const { node } of views) {
    if (node === next) next = next.nextSibling;
    else container.insertBefore(node, next);
  }
  if (focused !== document.activeElement && container.contains(focused)) focused.focus({ preventScroll: true });
}

/** Arrow keys, Home and End walk through the buttons of `container`; only one of them is a tab stop. */
export function roving(container, { vertical = false, onMove = () => {} } = {}) {
  const [back, forth] = vertical ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  container.addEventListener("keydown", (event) => {
    const buttons = [...container.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const to = { [back]: at - 1, [forth]: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const target = buttons[Math.max(0, Math.min(to, buttons.length - 1))];
    tabStop(container, target);
    target.focus();
    onMove(target);
  });
}

/** Makes `button` the one tab stop of its container. */
export function tabStop(container, button) {
  for (const other of container.querySelectorAll('button[tabindex="0"]')) other.tabIndex = -1;
  if (button) button.tabIndex = 0;
}

/** Whether the reader is at the end of a scrolling element, give or take a line. */
export const isAtEnd = (node) => node.scrollHeight - node.scrollTop - node.clientHeight < 60;

/** Scrolls to the end at once: smooth scrolling would fight with what arrives meanwhile. */
export const toEnd = (node) => {
  node.scrollTop = node.scrollHeight;
};

/**
 * Keeps a scrolling element at its end when the room for it changes, if the reader was there. Answers a function that
 * watches its content too.
 */
export function keepEnd(node) {
  let wasAtEnd = true;
  node.addEventListener("scroll", () => (wasAtEnd = isAtEnd(node)), { passive: true });
  const observer = new ResizeObserver(() => wasAtEnd && toEnd(node));
  observer.observe(node);
  return (content) => observer.observe(content);
}

/** Enter sends the form of a text field, Shift+Enter starts a line; an Enter that ends a composition does neither. */
export function sendOnEnter(field) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    field.form.requestSubmit();
  });
}

/**
 * Runs an action with its button marked busy, and not twice at a time; a refusal is handed to `onRefusal`. Answers the
 * result or undefined. The button is not disabled: that would take the focus away from whoever pressed it by key.
 */
export async function busy(button, action, onRefusal) {
  if (button.getAttribute("aria-busy")) return undefined;
  button.setAttribute("aria-busy", "true");
  try {
    return await action();
  } catch (refusal) {
    onRefusal(refusal.message);
    return undefined;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** A queue for what must arrive in the order in which it was sent: an action starts when the one before has ended. */
export function inOrder() {
  let last = Promise.resolve();
  return (action) => {
    const mine = last.then(action);
    last = mine.catch(() => {}); // whoever asked hears of it through `mine`
    return mine;
  };
}
