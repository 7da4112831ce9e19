"""The guide names what is there: each webhook field is one the service reads, each setting and path exists."""

from __future__ import annotations

import re

from bot.teams.package import PERMISSIONS, SCHEMA
from bot.teams.routes import PATH as ACTIVITIES
from bridge.whatsapp.fields import FIELDS, LISTS
from bridge.whatsapp.routes import PATH as WEBHOOK
from tests.docs.readme import ROOT, SETTINGS, code, rows

GUIDE = (ROOT / "infra/teams/README.md").read_text()


def test_every_field_to_subscribe_to_is_one_that_is_read():
    """Meta would send nothing under a name that it does not know, and nobody would see what is missing."""
    part = GUIDE.partition("| field |")[2].partition("\n\n")[0]
    named = re.findall(r"^\| `(\w+)`", part, re.MULTILINE)
    assert len(named) > 8
    assert set(named) <= {*FIELDS, *LISTS}
    assert set(LISTS) <= set(named), "what holds messages is never left out"


def test_paths_permissions_and_settings_are_the_products_own():
    """Somebody would type what an earlier version wanted."""
    assert f"`https://<your host>{WEBHOOK}`" in GUIDE
    assert f"`https://<your host>{ACTIVITIES}`" in GUIDE
    assert all(f"`{name}`" in GUIDE for name in PERMISSIONS)
    assert f"schema {SCHEMA}" in GUIDE
    named = set(re.findall(r"`((?:WAYBILL|WHATSAPP|TEAMS|Microsoft)\w+)`", GUIDE))
    known = {name for cells in rows("variable", SETTINGS) for name in code(cells[0])}
    assert named
    assert named <= known
