"""Knows what a good place for an archive looks like, and judges one by what it says of itself; it changes nothing.

`verify` says whether the records are what was signed. This says whether they are kept: by a policy, by rights that go
no further than they must, by copies, by a clock and a key that fit. What cannot be asked is a warning, never fine.
"""

from collections.abc import Awaitable
from contextlib import aclosing
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Literal
from uuid import uuid4

from . import names, walk
from .errors import IntegrityError, NotFound, StoreUnavailable
from .names import Shard
from .note import VerifierKey
from .record import Json
from .segment import Segment
from .sequencer import Clock
from .store.facts import Examinable
from .store.port import Enforcement, ObjectStore, Retention

Verdict = Literal["ok", "warn", "fail"]
Name = Literal[
    "store",
    "policy",
    "lock",
    "period",
    "appends",
    "rights",
    "credential",
    "clock",
    "recovery",
    "replication",
    "newest",
    "signing-key",
]
"""What is checked; README.md says what each means."""

TOLERATED_SKEW = timedelta(seconds=5)
WRONG_CLOCK = timedelta(minutes=1)
"""From here on `verify` warns of the records themselves."""
_STORED_ONCE_IN = timedelta(days=31)
"""An attachment that comes again in its month is not stored again, so it is that much older than its last record."""
_COPIED_AWAY = {"Standard_GRS", "Standard_RAGRS", "Standard_GZRS", "Standard_RAGZRS"}
_ASK_CONTROL_PLANE = "give the container's resource id, and the identity this right in the control plane"
_NARROW = "give the identity a role with blobs/add/action and blobs/read, and nothing else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: what it is like, and what a person can do about it. `fail` must be mended."""

    name: Name
    verdict: Verdict
    what: str
    remedy: str = ""

    def as_json(self) -> dict[str, Json]:
        """The check as an object."""
        return asdict(self)


async def examine(
    store: ObjectStore,
    *,
    shard: str,
    clock: Clock,
    retain: timedelta | None = None,
    key: VerifierKey | None = None,
    recent: timedelta | None = None,
    require_worm: bool = False,
) -> list[Check]:
    """Look at everything that can be asked, in ways that can neither change nor create anything; never raises for it.

    `retain` is the longest time that any record must be kept, `key` the one we sign with, `recent` how old the newest
    record may be (an hour and a bit, with hourly heartbeats); without them there is nothing to compare with.
    `require_worm` makes a missing policy a failure. Raises InvalidName for a shard that cannot exist.
    """
    of = names.shard(shard)
    reached = await _reached(store, of)
    if reached.verdict == "fail":
        return [reached]
    try:
        kept = _kept(await store.describe(), retain, required=require_worm)
        told = await _told(store, clock) if isinstance(store, Examinable) else []
        return [reached, *kept, *told, *await _log(store, of, clock, key, recent)]
    except StoreUnavailable as error:
        return [Check(name="store", verdict="fail", what=f"it went away: {error}", remedy="ask again")]


async def _told(store: Examinable, clock: Clock) -> list[Check]:
    return [
        await _asked("rights", _rights(store), _NARROW),
        await _asked("credential", _credential(store), _ASK_CONTROL_PLANE),
        await _asked("clock", _clock(store, clock), "ask again"),
        await _asked("recovery", _recovery(store), _ASK_CONTROL_PLANE),
        await _asked("replication", _replication(store), _ASK_CONTROL_PLANE),
    ]


async def _asked(name: Name, check: Awaitable[Check], remedy: str) -> Check:
    try:
        return await check
    except StoreUnavailable as error:
        return Check(name=name, verdict="warn", what=f"could not be asked: {error}", remedy=remedy)


async def _reached(store: ObjectStore, shard: Shard) -> Check:
    """Listing and reading work. That creating does, every commit of the service proves."""
    try:
        async with aclosing(store.list(names.segments(shard))) as listed:
            await anext(listed, None)
        await store.read(f"doctor/{uuid4().hex}")
    except NotFound:
        return Check(name="store", verdict="ok", what="it answers, and lets us list and read")
    except StoreUnavailable as error:
        return Check(name="store", verdict="fail", what=str(error), remedy="see that it is there and lets us read")
    raise AssertionError("a random name was taken")


# what keeps blobs


def _kept(said: Enforcement, retain: timedelta | None, *, required: bool) -> list[Check]:
    if said.retention is None:
        remedy = "let people put a time-based retention policy on a container, or let us see it"
        return [Check(name="policy", verdict="fail" if required else "warn", what=said.text, remedy=remedy)]
    policy = Check(name="policy", verdict="ok", what=said.text)
    return [policy, _lock(said.retention), _period(said.retention, retain), _appends(said.retention)]


def _lock(policy: Retention) -> Check:
    if policy.locked is None:
        return Check(name="lock", verdict="warn", what="whether it is locked is unknown", remedy=_ASK_CONTROL_PLANE)
    if not policy.locked:
        remedy = "once its period is right, let an officer lock it: that cannot be undone"
        return Check(
            name="lock", verdict="warn", what="not locked: it can be removed, and then all blobs", remedy=remedy
        )
    return Check(name="lock", verdict="ok", what="locked: it can be extended and never shortened")


def _period(policy: Retention, retain: timedelta | None) -> Check:
    if policy.period is None:
        return Check(name="period", verdict="warn", what="its period is unknown", remedy=_ASK_CONTROL_PLANE)
    what = f"blobs are kept for {policy.period.days} days from their creation"
    if retain is not None and policy.period < retain + _STORED_ONCE_IN:
        verdict = "fail" if policy.period < retain else "warn"
        what += f", records have to be for {retain.days}, and attachments can be a month older than their record"
        remedy = f"extend it to {(retain + _STORED_ONCE_IN).days} days"
        return Check(name="period", verdict=verdict, what=what, remedy=remedy)
    return Check(name="period", verdict="ok", what=what)


def _appends(policy: Retention) -> Check:
    if policy.appends is None:
        return Check(name="appends", verdict="warn", what="what may grow is unknown", remedy=_ASK_CONTROL_PLANE)
    if policy.appends == "none":
        return Check(name="appends", verdict="ok", what="no blob may grow")
    verdict = "fail" if policy.appends == "all blobs" else "warn"
    remedy = "switch protected append writes off while the policy is unlocked; we never append"
    return Check(name="appends", verdict=verdict, what=f"{policy.appends} may grow under the policy", remedy=remedy)


# what a cloud says of itself and of us


async def _rights(store: Examinable) -> Check:
    found = await store.rights()
    rights = {
        "delete blobs": found.delete,
        "replace and change blobs": found.change,
        "change the container": found.manage,
    }
    wide = [what for what, may in rights.items() if may]
    if wide:
        return Check(name="rights", verdict="fail", what=f"we may {', '.join(wide)}", remedy=_NARROW)
    unknown = [what for what, may in rights.items() if may is None]
    if unknown:
        what = f"the store does not say whether we may {', '.join(unknown)}"
        return Check(name="rights", verdict="warn", what=what, remedy=_NARROW)
    return Check(name="rights", verdict="ok", what="we may neither delete nor change blobs, nor the container")


async def _credential(store: Examinable) -> Check:
    if store.access != "identity":
        remedy = "use an identity: whoever has this string can do what we can, and nobody sees who it was"
        what = f"a connection string with a {store.access} is in use"
        return Check(name="credential", verdict="warn", what=what, remedy=remedy)
    if (await store.account()).shared_keys:
        what = "an identity is in use, but the account's shared keys still open everything"
        return Check(name="credential", verdict="warn", what=what, remedy="set allowSharedKeyAccess to false")
    return Check(name="credential", verdict="ok", what="an identity is in use, and shared keys are off")


async def _clock(store: Examinable, clock: Clock) -> Check:
    before = clock()
    theirs = await store.server_time()
    # it is told to the second, and was true at some moment in between
    skew = max(before - theirs - timedelta(seconds=1), theirs - clock(), timedelta())
    what = f"our clock and the store's are {skew.total_seconds():.0f} s apart"
    if skew <= TOLERATED_SKEW:
        return Check(name="clock", verdict="ok", what=what)
    verdict = "fail" if skew >= WRONG_CLOCK else "warn"
    return Check(name="clock", verdict=verdict, what=what, remedy="set this machine's clock by NTP")


async def _recovery(store: Examinable) -> Check:
    found = await store.recovery()
    kept = f"kept for {found.soft_delete.days} days" if found.soft_delete else "gone at once"
    what = f"a deleted blob is {kept}, versioning is {'on' if found.versioning else 'off'}"
    if found.soft_delete and found.versioning:
        return Check(name="recovery", verdict="ok", what=what)
    remedy = "switch on soft delete and versioning, for what no policy protects yet or any more"
    return Check(name="recovery", verdict="warn", what=what, remedy=remedy)


async def _replication(store: Examinable) -> Check:
    account, replicas = await store.account(), await store.replicas()
    copies = [f"account {name}" for name in replicas]
    if account.redundancy in _COPIED_AWAY:
        copies.append("a second region")
    if copies:
        what = f"{account.redundancy}, copied to {', '.join(copies)}"
        return Check(name="replication", verdict="ok", what=what)
    remedy = "replicate the container to an account elsewhere, best under another subscription"
    return Check(name="replication", verdict="warn", what=f"{account.redundancy}, in one region only", remedy=remedy)


# the log


async def _log(
    store: ObjectStore, shard: Shard, clock: Clock, key: VerifierKey | None, recent: timedelta | None
) -> list[Check]:
    try:
        blob, segment = await walk.newest(store, shard)
    except NotFound:
        return [Check(name="newest", verdict="warn", what="there is no log yet", remedy="start the service")]
    except IntegrityError as error:
        return [Check(name="newest", verdict="fail", what=str(error), remedy="run verify")]
    checks = [_newest(blob, segment, clock, recent)]
    return checks if key is None else [*checks, await _signing_key(store, shard, segment, key)]


def _newest(blob: str, segment: Segment, clock: Clock, recent: timedelta | None) -> Check:
    record = segment.records[-1]
    what = f"record {record.index} in {blob} was recorded at {record.recorded_at.isoformat()}"
    if recent is not None and clock() - record.recorded_at > recent:
        remedy = f"nothing was recorded for longer than {recent}: see that the service runs and reaches the store"
        return Check(name="newest", verdict="fail", what=what, remedy=remedy)
    return Check(name="newest", verdict="ok", what=what)


async def _signing_key(store: ObjectStore, shard: Shard, newest: Segment, key: VerifierKey) -> Check:
    """A key is published after its record is committed, so a published one was introduced."""
    if newest.note.is_signed_by(key):
        return Check(name="signing-key", verdict="ok", what=f"the newest segment is signed with {key}")
    try:
        published = await store.read(names.key(shard, key.hash))
    except NotFound:
        published = b""
    if published == f"{key}\n".encode():
        return Check(name="signing-key", verdict="ok", what=f"the log knows {key}, and others signed since")
    remedy = "introduce it while the old key still signs, or go back to that one"
    return Check(name="signing-key", verdict="fail", what=f"the log does not know {key}", remedy=remedy)
