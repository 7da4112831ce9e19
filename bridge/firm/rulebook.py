"""The version of the firm's policy that counts now, made ready. Decides nothing."""

from __future__ import annotations

from .rules import NOTHING, Firm


class Rulebook:
    """One for the service; what it holds is replaced as a whole, so that a decision sees one version."""

    def __init__(self) -> None:
        self.firm: Firm = NOTHING
