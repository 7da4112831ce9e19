"""Whoever searches finds somebody under every id they ever had."""

import json

from archive.record import Record
from archive.transcript.people import People

from .seeded import registry


def learnt(*drafts: tuple[str, str, tuple[tuple[str, str], ...], dict[str, str]]) -> People:
    """What is known after these changes."""
    people = People()
    for index, (subject, verb, aliases, values) in enumerate(drafts):
        draft = registry(subject, verb, *aliases, **values)
        written = {"format": 1, "index": index, "recorded_at": "2026-11-02T09:00:00.000Z", "writer": "w"}
        line = json.dumps({**written, "kind": draft.kind, "id": draft.id, **draft.fields})
        people.learn(Record.trust(line.encode()))
    return people


NUMBER, OTHER = ("phone", "447700900001"), ("phone", "447700900002")


def test_who_turned_out_to_be_one_is_found_whole():
    """Half of what a client wrote would be missing from what a court gets."""
    people = learnt(
        ("C-1", "contact.sight", (NUMBER,), {}),
        ("C-2", "contact.sight", (OTHER,), {}),
        ("C-3", "contact.sight", (("bsuid", "B"),), {}),
        ("C-2", "contact.merge", (("bsuid", "B"),), {"merged": "C-3"}),
        ("C-1", "contact.merge", (OTHER, ("bsuid", "B")), {"merged": "C-2"}),
    )
    assert people.find("C-1", "contact") == ["C-1", "C-2", "C-3"]
    assert people.find("+44 7700 900002", "contact") == ["C-1", "C-2", "C-3"]
    assert people.find("C-3", "contact") == ["C-3"]


def test_a_number_that_went_to_somebody_else_finds_both():
    """What was said under it before would be found by its new owner only."""
    people = learnt(
        ("C-1", "contact.sight", (NUMBER, OTHER), {}),
        ("C-1", "contact.split", (OTHER,), {"to": "C-2"}),
    )
    assert people.find("+44 7700 900002", "contact") == ["C-1", "C-2"]
    assert people.find("+44 7700 900001", "contact") == ["C-1"]
