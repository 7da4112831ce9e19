"""Who a webhook item is about: its ids, joined with the profile that carries one of them. Knows no content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..model import Alias, AliasKind, Sender
from ..wire import Json, WrongShape

FROM: Mapping[str, AliasKind] = {"from": "wa_id", "from_user_id": "bsuid", "from_parent_user_id": "parent_bsuid"}
TO: Mapping[str, AliasKind] = {"to": "wa_id", "to_user_id": "bsuid", "to_parent_user_id": "parent_bsuid"}
USER: Mapping[str, AliasKind] = {"wa_id": "wa_id", "user_id": "bsuid", "parent_user_id": "parent_bsuid"}
PREVIOUS: Mapping[str, AliasKind] = {"previous_user_id": "bsuid", "previous_parent_user_id": "parent_bsuid"}

CHANGING = ("user_changed", "customer_changed", "customer_identity_changed")
"""System messages by which somebody becomes uncertain; the second and third are the older names."""


def sender(item: Json, value: Json, names: Mapping[str, AliasKind] = FROM) -> Sender:
    """The person an item names under `names`. Profiles are never paired by position. Raises `WrongShape`."""
    own, code = _aliases(item, names), item.get("identity").get("hash").text_or_none()
    profile = _profile(value, own)
    if profile is None:
        person = Sender(aliases=own, security_code=code)
    else:
        username = profile.get("profile").get("username").text_or_none()
        named = (Alias(kind="username", value="@" + username.removeprefix("@")),) if username else ()
        person = Sender(
            aliases=tuple(dict.fromkeys([*own, *_aliases(profile, USER), *named])),
            profile_name=profile.get("profile").get("name").text_or_none(),
            security_code=profile.get("identity_key_hash").text_or_none() or code,
        )
    if not person.aliases:
        raise WrongShape(item.path, "a sender")
    return _changing(person, item.get("system"))


def _changing(person: Sender, system: Json) -> Sender:
    """The sender of a `system` item, who has been given another number or user id (Meta, "system messages", 2026).

    Which ids such an item gives as its sender's, the old or the new, differs; the old user id is told since August.
    """
    if not system.get("type").text_or("").startswith(CHANGING):
        return person
    aliases = tuple(dict.fromkeys([*person.aliases, *_aliases(system, PREVIOUS)]))
    return replace(person, aliases=aliases, is_changing=True, changes_to=_aliases(system, USER))


def _profile(value: Json, own: tuple[Alias, ...]) -> Json | None:
    ids = {alias.value for alias in own}
    for contact in value.get("contacts").elements():
        if ids & {contact.get(name).text_or("").removeprefix("+") for name in ("wa_id", "user_id")} - {""}:
            return contact
    return None


def _aliases(where: Json, names: Mapping[str, AliasKind]) -> tuple[Alias, ...]:
    found: list[Alias] = []
    for name, kind in names.items():
        value = where.get(name).text_or_none()
        if value is None:
            continue
        # a BSUID (`CC.xxxx`) has been met in the fields meant for a phone number
        if kind == "wa_id" and not value.removeprefix("+").isdigit():
            found.append(Alias(kind="bsuid", value=value))
        else:
            found.append(Alias(kind=kind, value=value.removeprefix("+") if kind == "wa_id" else value))
    return tuple(dict.fromkeys(found))
