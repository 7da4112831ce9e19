"""Every command can be filled in instead of typed, and is the same command then."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from bot.commands import COMMANDS
from bot.commands.forms import form_of, line_of
from bot.commands.grammar import Said, parse
from bridge.rights import SPEC
from infra.sandbox.clouds import ADMIN, JON, MARC, NINA, OLIVIA, RUTH
from infra.sandbox.teams import Person
from infra.sandbox.teams.posts import Post
from tests.builders import working_registry
from tests.inside import Inner, inner


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Inner]:
    """The service inside; Ada is approved."""
    async with inner(tmp_path) as play:
        await play.approve_ada()
        yield play


def inputs(post: Post) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for card in post.cards for each in card["body"] if str(each["type"]).startswith("Input.")}


async def fill(play: Inner, who: Person, post: Post, **answers: str) -> str:
    """Press the form's button; the words of the answer that is posted."""
    before = len(play.answers(ADMIN))
    data = {name.replace("_", "-"): value for name, value in answers.items()}
    await play.clouds.teams.press(who, post.id, "command", data)
    return (await play.until(lambda: play.answers(ADMIN)[before:]))[0].words


async def confirm(play: Inner, who: Person) -> str:
    """Press the button of the question that was posted last; the words of the answer."""
    before = len(play.answers(ADMIN))
    question = next(each for each in reversed(play.answers(ADMIN)) if "Nothing has changed yet" in each.words)
    await play.clouds.teams.press(who, question.id, "confirm")
    return (await play.until(lambda: play.answers(ADMIN)[before:]))[0].words


async def test_a_command_without_its_words_is_answered_by_a_form_that_carries_it_out(play: Inner):
    """Whoever does not remember how a command is written would have to look it up."""
    form = await play.order(JON, "contact request")
    assert list(inputs(form)) == ["target", "option-name", "option-purpose", "option-language"]
    assert inputs(form)["target"]["isRequired"] is True
    assert "isRequired" not in inputs(form)["option-purpose"]
    said = await fill(play, JON, form, target="+41 79 555 01 01", option_name='Anna "Nan" Keller', option_language="de")
    assert "Anna 'Nan' Keller" in said
    assert "waits for approval" in said
    assert play.bridge.tools.registry.find(()) is None
    record = play.records("command")[-1]
    assert (record["verb"], record["outcome"]) == ("contact.request", "done")
    assert record["body"]["text"] == """contact request +41 79 555 01 01 --name "Anna 'Nan' Keller" --language "de\""""


async def test_people_are_picked_from_the_directory(play: Inner):
    """A name could be anybody's, and whoever is new has no name here."""
    form = await play.order(JON, "staff authorise")
    assert inputs(form)["person"]["choices.data"]["dataset"] == "graph.microsoft.com/users"
    assert "Nina Roth" in await fill(play, JON, form, person=NINA.aad_object_id)
    assert "Nina Roth is authorised" in await confirm(play, RUTH)
    role = await play.order(OLIVIA, "role grant")
    assert "Nina Roth holds the role supervisor" in await fill(
        play, OLIVIA, role, person=NINA.aad_object_id, choice="supervisor"
    )
    stranger = await play.order(JON, "staff authorise")
    assert "not a member here" in await fill(play, JON, stranger, person="00000000-0000-0000-0000-000000000000")


async def test_a_form_counts_for_whoever_fills_it_in_and_for_nothing_they_may_not(play: Inner):
    """A form would be a way around the rights."""
    form = await play.order(RUTH, "contact approve")
    assert "needs the role" in await fill(play, MARC, form, target="C-1001")
    assert play.records("refusal")[-1]["staff"]["id"].endswith(MARC.aad_object_id)
    help_ = await play.order(RUTH, "help contact suspend")
    assert "option-reason" in inputs(help_)
    assert "Ada Keller" in await fill(play, RUTH, help_, target="C-1001", option_reason="--name x")
    assert "is suspended" in await confirm(play, RUTH)
    (contact,) = play.bridge.tools.registry.contacts.values()
    assert (contact.name, contact.state, contact.value("reason")) == ("Ada Keller", "suspended", "--name x")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)
def test_whatever_a_form_comes_to_is_read_as_its_command(command: Any):
    """A form would send a line that the bot itself does not understand."""
    registry = working_registry()
    form = form_of(command, registry)
    if form is None:
        assert (
            command.verb in {"help", "policy.draft", "conversation.note", "conversation.quick"}
            or command.target == "nothing"
        )
        return
    data = dict(form.data) | {each.key: each.choices[0][0] if each.choices else "C-1001" for each in form.inputs}
    line = line_of(data, registry)
    assert line is not None
    said = parse(line.text)
    assert isinstance(said, Said)
    assert said.command.verb == command.verb
    assert set(said.options) == set(command.options)
    assert command.verb in SPEC
    assert line_of({"command": "no.such"}, registry) is None
