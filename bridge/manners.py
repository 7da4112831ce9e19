"""How we behave towards contacts, as the settings say it, and the words for it. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from . import notices
from .notices import Language
from .whatsapp.marks import Run, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """`own_notice` takes the place of our text about the recording, in every language."""

    tells_of_recording: bool = True
    own_notice: str | None = None
    names_writer: bool = True
    marks_read: bool = True
    """Whether a contact sees blue ticks once staff have answered; never before."""

    def notice(self, language: Language) -> str:
        """What a contact is told about the recording."""
        return self.own_notice or notices.RECORDED[language]

    @property
    def version(self) -> str:
        """Which text that is, for records: of a text of one's own its fingerprint."""
        if self.own_notice is None:
            return notices.VERSION
        return f"own-{hashlib.sha256(self.own_notice.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preface:
    """What stands before a text of staff when it leaves. `notice` is the version of the notice that it holds."""

    text: str = ""
    notice: str | None = None
    names_writer: bool = False


def preface(manners: Manners, language: Language, writer: str, *, notice: bool, name: bool) -> Preface:
    """The preface that has the notice, the writer's name, both or neither."""
    line = written([Run(text=f"{' '.join(writer.split())}:", styles=frozenset({"strong"}))])
    text = (f"{manners.notice(language)}\n\n" if notice else "") + (f"{line}\n" if name else "")
    return Preface(text=text, notice=manners.version if notice else None, names_writer=name)
