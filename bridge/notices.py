"""What the service itself says to a contact, in six languages, and which of them is theirs. Pure; sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import phonenumbers

from .known import Contact

Language = Literal["en", "de", "fr", "es", "it", "pt"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

RECORDED: Mapping[Language, str] = {
    "en": "Messages in this conversation are recorded and kept as the law requires. Reply STOP and we will not write "
    "to you any more, START to hear from us again, INFO to read this again.",
    "de": "Nachrichten in dieser Unterhaltung werden aufgezeichnet und aufbewahrt, wie es das Gesetz will. Antworten "
    "Sie STOPP, damit wir Ihnen nicht mehr schreiben, START, um wieder von uns zu hören, INFO, um dies zu lesen.",
    "fr": "Les messages de cette conversation sont enregistrés et conservés comme la loi l'exige. Répondez STOP pour "
    "ne plus recevoir de messages de notre part, START pour en recevoir à nouveau, INFO pour relire cet avis.",
    "es": "Los mensajes de esta conversación se registran y se conservan como exige la ley. Responda STOP para no "
    "recibir más mensajes nuestros, START para volver a recibirlos, INFO para leer de nuevo este aviso.",
    "it": "I messaggi di questa conversazione vengono registrati e conservati come richiede la legge. Risponda STOP "
    "per non ricevere più nostri messaggi, START per riceverne di nuovo, INFO per rileggere questo avviso.",
    "pt": "As mensagens desta conversa são registadas e conservadas como a lei exige. Responda STOP para não receber "
    "mais mensagens nossas, START para voltar a recebê-las, INFO para reler este aviso.",
}
"""That messages are recorded: before the first message, and whenever somebody asks."""

STOPPED: Mapping[Language, str] = {
    "en": "We will not write to you any more. Reply START to hear from us again.",
    "de": "Wir schreiben Ihnen nicht mehr. Antworten Sie START, um wieder von uns zu hören.",
    "fr": "Nous ne vous écrirons plus. Répondez START pour recevoir à nouveau nos messages.",
    "es": "No le escribiremos más. Responda START para volver a recibir nuestros mensajes.",
    "it": "Non le scriveremo più. Risponda START per ricevere di nuovo i nostri messaggi.",
    "pt": "Não voltaremos a escrever-lhe. Responda START para voltar a receber as nossas mensagens.",
}

STARTED: Mapping[Language, str] = {
    "en": "We may write to you again. Reply STOP at any time to end that.",
    "de": "Wir dürfen Ihnen wieder schreiben. Antworten Sie STOPP, um das jederzeit zu beenden.",
    "fr": "Nous pouvons de nouveau vous écrire. Répondez STOP à tout moment pour y mettre fin.",
    "es": "Podemos volver a escribirle. Responda STOP en cualquier momento para que dejemos de hacerlo.",
    "it": "Possiamo scriverle di nuovo. Risponda STOP in qualsiasi momento per interrompere.",
    "pt": "Podemos voltar a escrever-lhe. Responda STOP a qualquer momento para parar.",
}

HANDED_OVER: Mapping[Language, str] = {
    "en": "{name} is looking after you from now on.",
    "de": "Ab jetzt ist {name} für Sie da.",
    "fr": "{name} s'occupe de vous à partir de maintenant.",
    "es": "A partir de ahora le atiende {name}.",
    "it": "D'ora in poi si occupa di lei {name}.",
    "pt": "A partir de agora é {name} quem trata de si.",
}
"""Somebody else of staff looks after them."""

VERSION = "2026-1"
"""Of the texts above; raised with any change, so that a record says what somebody was told."""

SPOKEN_IN: Mapping[Language, frozenset[str]] = {
    "de": frozenset({"DE", "AT", "CH", "LI"}),
    "fr": frozenset({"FR", "BE", "LU", "MC", "SN", "CI", "CM", "MA", "DZ", "TN"}),
    "es": frozenset(
        {"ES", "MX", "AR", "CO", "CL", "PE", "VE", "EC", "GT", "CU"}
        | {"BO", "DO", "HN", "PY", "SV", "NI", "CR", "PA", "UY", "GQ"}
    ),
    "it": frozenset({"IT", "SM", "VA"}),
    "pt": frozenset({"PT", "BR", "AO", "MZ", "CV", "GW", "ST", "TL"}),
}
"""Countries by the language that most people there would rather read; English everywhere else."""


def language_of(contact: Contact) -> Language:
    """The registered language of a contact, else that of the country their number or user id is from."""
    registered = (contact.value("language") or "").lower()[:2]
    if registered in LANGUAGES:
        return registered
    country = country_of(contact)
    for language, countries in SPOKEN_IN.items():
        if country in countries:
            return language
    return "en"


def country_of(contact: Contact) -> str | None:
    """Where a contact's number or user id is from, by ISO 3166.

    A user id begins with it (`CH.…`; Meta, business-scoped user ids, 2026).
    """
    known = {alias.kind: alias.value for alias in contact.aliases}
    number = known.get("wa_id") or known.get("phone")
    if number is None:
        return known.get("bsuid", "").partition(".")[0] or None
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(f"+{number}"))
    except phonenumbers.NumberParseException:
        return None
