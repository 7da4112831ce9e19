"""The words by which a contact stops us, starts us again or asks what this is, in six languages. Pure.

Only a message that is nothing but such a word counts. None of them answers an ordinary question: `baja`, `alto`,
`cancel` and `end` are words of everyday business, and whoever says them would be cut off by mistake.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

from .content import Choice, Content, Text

Keyword = Literal["stop", "start", "info"]

WORDS: Mapping[Keyword, tuple[str, ...]] = {
    "stop": (
        *("stop", "stop all", "stopall", "unsubscribe", "opt out"),
        *("stopp", "abmelden", "abbestellen"),
        *("arrêt", "arrêter", "arrêtez", "désabonner", "me désabonner", "désinscrire"),
        *("parar", "detener", "darme de baja", "cancelar suscripción"),
        *("ferma", "fermare", "disiscrivimi", "annulla iscrizione"),
        *("pare", "cancelar inscrição", "descadastrar"),
    ),
    "start": (
        *("start", "unstop", "subscribe", "opt in"),
        *("starten", "anmelden"),
        *("démarrer", "reprendre", "réabonner"),
        *("empezar", "iniciar", "reanudar"),
        *("inizia", "iniziare", "riprendere"),
        *("começar", "retomar"),
    ),
    "info": (
        *("info", "infos", "information"),
        *("informationen",),
        *("informations",),
        *("información",),
        *("informazioni", "informazione"),
        *("informação", "informações"),
    ),
}
"""By what they ask for, a line for each of English, German, French, Spanish, Italian and Portuguese."""

LONGEST = 60
"""Characters of a message that may be such a word; a longer one is not looked at."""


def _plain(text: str) -> str:
    """Without case, accents, signs and surplus spaces: `¡Désabonner!` is `desabonner`."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", kept).split())


_MEANING: Mapping[str, Keyword] = {_plain(word): asked for asked, words in WORDS.items() for word in words}


def keyword(text: str) -> Keyword | None:
    """What a text asks for, if it is nothing but such a word."""
    return _MEANING.get(_plain(text)) if len(text) <= LONGEST else None


def asked_for(content: Content) -> Keyword | None:
    """What a contact asks for by a message: written, or chosen on a button of ours."""
    match content:
        case Text():
            return keyword(content.body)
        case Choice(source="button" | "template"):
            return keyword(content.title)
        case _:
            return None
