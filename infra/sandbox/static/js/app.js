/** Knows how the panes, the server and the events are put together; not what any pane does with its part. */

import { coalesced, get, listen, post } from "./api.js";
import { mountArchive } from "./archive.js";
import { mountBreaking } from "./breaking.js";
import { h } from "./dom.js";
import { mountGuide } from "./guide.js";
import { mountPhone } from "./phone.js";
import { mountTeams } from "./teams.js";
import { mountTopbar } from "./topbar.js";

const TOAST_MS = 9_000;
const RETRY_MS = 1_500;

const find = (selector) => document.querySelector(selector);
const state = { phone: null, teams: null, bar: null };

function announce(words) {
  find("[data-announcer]").textContent = words;
}

function complain(words) {
  const toast = h("p", { class: "toast" }, words);
  find(".toasts").append(toast);
  setTimeout(() => toast.remove(), TOAST_MS);
}

/** A POST whose effect is shown at once: the part is fetched again without waiting for the event. */
const act = async (path, body, part) => {
  const answer = await post(path, body);
  refresh[part]();
  return answer;
};

const topbar = mountTopbar(find(".topbar"));

const breaking = mountBreaking(find("#break-panel"), find('[data-testid="break"]'), {
  fault: (name, on) => act("api/faults", { name, on }, "faults"),
  trouble: (verb, fields) => act(`api/troubles/${verb}`, fields, "faults"),
  kill: () => act("api/service/kill", {}, "service"),
  clock: (hours) => act("api/clock", { hours }, "faults"),
  again: () => refresh.faults(),
  complain,
});

const phone = mountPhone(find("#phone"), {
  act: (verb, fields) => act(`api/phone/${verb}`, fields, "phone"),
  again: () => refresh.phone(),
  announce,
  complain,
});

const teams = mountTeams(find("#teams"), {
  act: (verb, fields) => act(`api/teams/${verb}`, fields, "teams"),
  announce,
  complain,
});

const archive = mountArchive(find("#archive"), {
  server: {
    since: (index) => get(`api/archive?after=${index}`),
    record: (index) => get(`api/archive/records/${index}`),
    proof: (index) => get(`api/archive/records/${index}/proof`),
    verify: () => post("api/archive/verify"),
    tamper: () => post("api/archive/tamper"),
    repair: () => post("api/archive/repair"),
  },
  announce,
  complain,
  onFact: (fact) => guide.note(fact),
});

const focus = (hook) => find(`[data-testid="${hook}"]`).focus();
const guide = mountGuide(find(".guide"), find("[data-guide-show]"), { phone, teams, focus });

function showPhone(part) {
  state.phone = part;
  phone.show(part);
  guide.look(state);
}

function showTeams(part) {
  state.teams = part;
  teams.show(part);
  guide.look(state);
}

async function loadAll() {
  const all = await get("api/state");
  showBar(all);
  showPhone(all.phone);
  showTeams(all.teams);
  archive.show(all.archive);
}

const loadBar = async () => showBar(await get("api/state"));

function showBar(all) {
  state.bar = all;
  guide.look(state);
  topbar.service(all.service);
  topbar.tally(all.tally);
  breaking.show(all);
}

/** Loads until it works: a sandbox that is away comes back, and the page with it. */
const lasting = (load) => {
  const run = coalesced(async () => {
    try {
      await load();
    } catch (error) {
      if (error instanceof TypeError) throw error; // ours, not the server's
      topbar.lost();
      setTimeout(run, RETRY_MS);
    }
  });
  return run;
};

const bar = lasting(loadBar);
const count = lasting(async () => topbar.tally(await get("api/tally")));
const counted = (load) => () => Promise.all([load(), count()]);
const refresh = {
  service: bar,
  faults: bar,
  phone: counted(lasting(async () => showPhone(await get("api/phone")))),
  teams: counted(lasting(async () => showTeams(await get("api/teams")))),
  archive: counted(lasting(() => archive.load())),
};

listen({ onPart: (part) => refresh[part](), onOpen: lasting(loadAll), onLost: () => topbar.lost() });
