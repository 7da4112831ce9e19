/** Knows how the panes, the server and the events are put together; not what any pane does with its part. */

import { coalesced, get, listen, post } from "./api.js";
import { mountArchive } from "./archive.js";
import { h } from "./dom.js";
import { mountGuide } from "./guide.js";
import { mountPhone } from "./phone.js";
import { mountTeams } from "./teams.js";
import { mountTopbar } from "./topbar.js";

const TOAST_MS = 9_000;
const RETRY_MS = 1_500;

const find = (selector) => document.querySelector(selector);
const state = { phone: null, teams: null };

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

const topbar = mountTopbar(find(".topbar"), {
  fault: (name, on) => act("api/faults", { name, on }, "faults"),
  kill: () => act("api/service/kill", {}, "service"),
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
  topbar.service(all.service);
  topbar.faults(all.faults);
  showPhone(all.phone);
  showTeams(all.teams);
  archive.show(all.archive);
}

async function loadBar() {
  const { service, faults } = await get("api/state");
  topbar.service(service);
  topbar.faults(faults);
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
const refresh = {
  service: bar,
  faults: bar,
  phone: lasting(async () => showPhone(await get("api/phone"))),
  teams: lasting(async () => showTeams(await get("api/teams"))),
  archive: lasting(() => archive.load()),
};

listen({ onPart: (part) => refresh[part](), onOpen: lasting(loadAll), onLost: () => topbar.lost() });
