"""What can go wrong at the bridge's edges, divided by blame and by certainty.

BridgeError
├── StoreUnavailable        ours: the durable store did not commit; nothing was promised to anyone
├── ArchiveUnavailable      ours: the record is not known to be committed; asking again with its id settles that
└── PeerError               the other side, with the name of the peer
    ├── PeerUnavailable     it did not happen; the same call again is safe, after `retry_after`
    │   └── NeedsSomebody   and it will not happen before a person has mended something: administrators are told `text`
    ├── PeerRefused         it did not happen and will not: `code` in the peer's terms, `text` for people
    │   ├── PeerGone        because the place it was meant for is not there any more
    │   └── PeerClosed      because the place is closed to us; somebody can open it again, and `text` says how it is
    └── OutcomeUnknown      it may have happened: never repeat it blindly, settle it first

Refusals by rule are not errors: they are decisions (`bridge.policy`).
"""

from __future__ import annotations

from datetime import timedelta

Facts = tuple[tuple[str, str], ...]
"""What a peer said of an error, by its own field names. For the record only: it may quote content."""


class BridgeError(Exception):
    """Root of everything the bridge raises on purpose."""


class StoreUnavailable(BridgeError):
    """The durable store could not commit in time; the caller must not acknowledge anything."""


class ArchiveUnavailable(BridgeError):
    """The archive did not commit in time; nothing may cross until the same record is asked for again and is there."""


class PeerError(BridgeError):
    """A call to WhatsApp or Teams that did not end as asked."""

    def __init__(self, peer: str, text: str, *, facts: Facts = ()) -> None:
        super().__init__(f"{peer}: {text}")
        self.peer = peer
        self.text = text
        self.facts = facts


class PeerUnavailable(PeerError):
    """The call had no effect and may be repeated once `retry_after` has passed; `code` is in the peer's terms."""

    def __init__(
        self,
        peer: str,
        text: str,
        *,
        retry_after: timedelta | None = None,
        code: str | None = None,
        facts: Facts = (),
    ) -> None:
        super().__init__(peer, text, facts=facts)
        self.retry_after = retry_after
        self.code = code


class NeedsSomebody(PeerUnavailable):
    """The call had no effect, and has none until somebody mends what `text` says; it is safe to go on trying."""


class PeerRefused(PeerError):
    """The call had no effect and repeating it would not help."""

    def __init__(self, peer: str, text: str, *, code: str, facts: Facts = ()) -> None:
        super().__init__(peer, text, facts=facts)
        self.code = code


class PeerGone(PeerRefused):
    """The call had no effect: its thread or channel was deleted."""


class PeerClosed(PeerRefused):
    """The call had no effect: its place is there and takes nothing from us until somebody changes that.

    `text` is for people: what closed it.
    """


class OutcomeUnknown(PeerError):
    """The call was sent and no answer came: it may or may not have taken effect."""
