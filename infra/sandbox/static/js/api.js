/** Knows the sandbox's HTTP interface and its event stream; not what anything on the page looks like. */

const DEADLINE_MS = 20_000;
const RECONNECT_MS = 1_500;
const PARTS = ["service", "phone", "teams", "archive", "faults"];

/** The server understood and said no, or could not be reached; `message` is fit for a reader. */
export class Refusal extends Error {}

/** Answers the parsed JSON of a GET. Throws Refusal. */
export const get = (path) => call(path, {});

/** Answers the parsed JSON of a POST. Throws Refusal; whether it happened is then unknown if the server was away. */
export const post = (path, body = {}) =>
  call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function call(path, options) {
  const response = await reach(path, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(answer.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}

async function reach(path, options) {
  try {
    return await fetch(path, { ...options, cache: "no-store", signal: AbortSignal.timeout(DEADLINE_MS) });
  } catch {
    throw new Refusal("The sandbox does not answer. Is it still running?");
  }
}

/**
 * Listens for changes until the page closes. `onPart(name)` says that a part is out of date; `onOpen()` runs on every
 * (re)connection, when everything may be out of date; `onLost()` when the stream breaks.
 */
export function listen({ onPart, onOpen, onLost }) {
  const source = new EventSource("api/events");
  for (const part of PARTS) source.addEventListener(part, () => onPart(part));
  source.onopen = onOpen;
  source.onerror = () => {
    onLost();
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    setTimeout(() => listen({ onPart, onOpen, onLost }), RECONNECT_MS);
  };
}

/** A loader of which at most one run is under way: calls meanwhile are answered by one more run afterwards. */
export function coalesced(load) {
  let running = false;
  let again = false;
  return async function run() {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        await load();
      }
    } finally {
      running = false;
    }
  };
}
