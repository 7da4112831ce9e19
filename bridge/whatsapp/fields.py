"""The webhook fields beside messages: what each is about, in a sentence for administrators, and how urgent it is.

Source: Meta's webhook reference and the fields seen in SDKs of others, 2026-09. A field that is not in the table is
told about by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..model import AccountNotice
from ..wire import Json, WrongShape

LISTS: Mapping[str, tuple[str, ...]] = {
    "messages": ("messages", "statuses", "errors"),
    "smb_message_echoes": ("message_echoes",),
    "standby": ("messages", "message_echoes", "statuses"),
    "calls": ("calls", "statuses"),
    "user_preferences": ("user_preferences",),
}
"""Which lists of a field's value hold items that are read one by one. Any other field is one item as a whole."""

ALARMS = frozenset(
    {
        "ACCOUNT_DELETED",
        "ACCOUNT_OFFBOARDED",
        "ACCOUNT_RESTRICTION",
        "ACCOUNT_VIOLATION",
        "DISABLED_UPDATE",
        "PARTNER_REMOVED",
    }
)
"""Events of `account_update` after which messages may no longer cross."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`words`: what the field is about. `details`: members of its value that say more, none of them anybody's words."""

    words: str
    details: tuple[str, ...] = ("event",)
    is_alarm: bool = False


FIELDS: Mapping[str, Field] = {
    "account_alerts": Field(words="An alert about the account", details=("alert_type", "alert_severity")),
    "account_review_update": Field(words="The account was reviewed", details=("decision",)),
    "account_settings_update": Field(words="A setting of the account was changed"),
    "account_update": Field(words="The account's standing has changed"),
    "automatic_events": Field(words="An automatic event"),
    "business_capability_update": Field(
        words="The messaging limit has changed", details=("max_daily_conversations_per_business",)
    ),
    "business_username_update": Field(words="The number's username has changed", details=("status",)),
    "flows": Field(words="News about a form"),
    "group_lifecycle_update": Field(words="A group was made or ended; groups are recorded and not relayed"),
    "group_participants_update": Field(words="A group's members have changed; groups are recorded and not relayed"),
    "group_settings_update": Field(words="A group's settings have changed; groups are recorded and not relayed"),
    "group_status_update": Field(words="A group's standing has changed; groups are recorded and not relayed"),
    "history": Field(words="Earlier messages of this number arrived; they are recorded and not shown one by one"),
    "message_template_components_update": Field(
        words="A template's wording has changed", details=("message_template_name", "message_template_language")
    ),
    "message_template_quality_update": Field(
        words="A template's quality has changed", details=("message_template_name", "new_quality_score")
    ),
    "message_template_status_update": Field(
        words="A template's approval has changed", details=("message_template_name", "event", "reason")
    ),
    "messaging_handovers": Field(words="Another application or Meta's agent took over or gave back a conversation"),
    "partner_solutions": Field(words="News about a partner"),
    "payment_configuration_update": Field(words="A payment setting was changed"),
    "phone_number_name_update": Field(words="The number's display name was reviewed", details=("decision",)),
    "phone_number_quality_update": Field(words="The number's throughput or quality has changed", details=("event",)),
    "security": Field(words="The number's two-step PIN was changed or switched off", is_alarm=True),
    "smb_app_state_sync": Field(words="Contacts of the WhatsApp Business app were synchronised; they are recorded"),
    "template_category_update": Field(
        words="A template's category has changed", details=("message_template_name", "new_category")
    ),
    "tracking_events": Field(words="A tracking event"),
}

LONGEST_DETAIL = 60
"""Characters of a detail that are told: they are Meta's words, or a template's name."""


def notice(change: Json) -> AccountNotice:
    """What a whole change is about; raises `WrongShape` for what is no change."""
    name, value = change.get("field").text_or_none(), change.get("value")
    if name is None or not change.path:
        raise WrongShape(change.path, "a webhook of a WhatsApp Business account")
    if name in LISTS:
        raise WrongShape(value.path, f"one of {', '.join(LISTS[name])}")
    known = FIELDS.get(name)
    if known is None:
        event = _details(value, ("event",))
        return AccountNotice(summary=f"WhatsApp reports {name[:LONGEST_DETAIL]}, which is not known here{event}")
    is_alarm = known.is_alarm or value.get("event").text_or("") in ALARMS
    return AccountNotice(summary=known.words, details=_details(value, known.details), is_alarm=is_alarm)


def _details(value: Json, names: tuple[str, ...]) -> str:
    told = [text[:LONGEST_DETAIL] for name in names if (text := value.get(name).as_text())]
    return f" ({', '.join(told)})" if told else ""
