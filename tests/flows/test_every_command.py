"""Every row of the command table, typed into the client: whoever may is answered, whoever may not is refused."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from bot.commands import BY_VERB, COMMANDS, Command
from bridge.rights import SPEC, Scope
from infra.sandbox.clouds import ADMIN, CLIENTS, JON, MARC, NINA, OLIVIA, RUTH
from infra.sandbox.teams import Person
from tests.flows.policies import draft
from tests.inside import Inner, inner

Where = Literal["office", "chat", "channel", "thread"]

POLICY = b'title = "Tone"\n[[lexicon]]\nname = "Promises"\naction = "hold"\nterms = ["guarantee*"]\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Who says what where, and a piece of the answer."""

    verb: str
    who: Person
    says: str
    answer: str
    where: Where = "office"


STORY = (
    Line(verb="help", who=NINA, says="help", answer="What you can do", where="chat"),
    Line(verb="status", who=RUTH, says="status", answer="Registry revision"),
    Line(verb="why", who=RUTH, says="why #3", answer="This record decides nothing", where="chat"),
    Line(verb="review.list", who=RUTH, says="review list", answer="For review"),
    Line(verb="review.sample", who=RUTH, says="review sample", answer="0 of 0", where="chat"),
    Line(verb="role.grant", who=OLIVIA, says="role grant @Nina Roth auditor", answer="holds the role auditor"),
    Line(verb="role.list", who=NINA, says="role list", answer="auditor", where="chat"),
    Line(verb="role.revoke", who=OLIVIA, says="role revoke @Nina Roth auditor", answer="does not hold"),
    Line(verb="staff.authorise", who=JON, says="staff authorise @Jon Ames", answer="Jon Ames is authorised"),
    Line(verb="staff.attest", who=MARC, says="staff attest", answer="nothing for you to confirm", where="chat"),
    Line(verb="staff.away", who=MARC, says="/away 2d @Jon Ames", answer="Jon Ames stands in"),
    Line(verb="staff.back", who=MARC, says="/back", answer="Welcome back", where="chat"),
    Line(verb="staff.list", who=RUTH, says="staff list", answer="2 authorised"),
    Line(verb="contact.request", who=MARC, says='contact request +41 79 555 01 01 "Anna"', answer="waits for approval"),
    Line(verb="contact.add", who=JON, says='contact add +41 79 555 01 02 "Bea"', answer="C-1003"),
    Line(
        verb="contact.approve",
        who=RUTH,
        says="contact approve C-1002",
        answer="+41 79 555 01 01) is approved",
    ),
    Line(verb="contact.reject", who=RUTH, says='contact reject C-1003 --reason "no"', answer="is rejected"),
    Line(verb="contact.suspend", who=JON, says='contact suspend C-1002 --reason "x"', answer="is suspended"),
    Line(verb="contact.retire", who=JON, says='contact retire C-1002 --reason "x"', answer="is retired"),
    Line(verb="contact.consent", who=JON, says='contact consent C-1001 given --source "form"', answer="consent given"),
    Line(verb="contact.language", who=JON, says="contact language C-1001 de", answer="is told what the service"),
    Line(verb="contact.assign", who=JON, says="contact assign C-1001 @Marc Weber", answer="Marc Weber looks after"),
    Line(verb="contact.backup", who=JON, says="contact backup C-1001 @Jon Ames", answer="while the one who does so"),
    Line(
        verb="contact.channel",
        who=JON,
        says="contact channel C-1001",
        answer="their thread in this channel",
        where="channel",
    ),
    Line(verb="contact.split", who=JON, says="contact split C-1001 +44 7700 900001", answer="is somebody of their own"),
    Line(verb="contact.merge", who=JON, says="contact merge C-1004 C-1001", answer="C-1004 is Ada Keller"),
    Line(verb="campaign.start", who=JON, says="campaign start contacts", answer="are to be confirmed until"),
    Line(verb="campaign.status", who=RUTH, says="campaign status", answer="contacts until"),
    Line(verb="contact.confirm", who=MARC, says="contact confirm C-1001", answer="still one of ours", where="chat"),
    Line(verb="staff.confirm", who=JON, says="staff confirm @Marc Weber", answer="still writes to contacts"),
    Line(verb="campaign.close", who=JON, says="campaign close contacts", answer="Nobody is suspended"),
    Line(verb="contact.list", who=RUTH, says="contact list --state retired", answer="2 contacts."),
    Line(verb="contact.show", who=RUTH, says="contact show C-1001", answer="Ada Keller"),
    Line(verb="template.list", who=MARC, says="template list", answer="Templates", where="chat"),
    Line(verb="policy.publish", who=JON, says="policy publish 1", answer="Version 1 is in force"),
    Line(verb="policy.show", who=MARC, says="policy show", answer="Version 1 is in force", where="chat"),
    Line(verb="conversation.take", who=MARC, says="/take", answer="You look after Ada Keller", where="thread"),
    Line(verb="conversation.assign", who=MARC, says="/assign @Jon Ames", answer="Jon Ames looks after", where="thread"),
    Line(verb="conversation.handover", who=JON, says="/handover @Marc Weber", answer="told so", where="thread"),
    Line(verb="conversation.release", who=MARC, says="/release", answer="Nobody looks after", where="thread"),
    Line(verb="conversation.close", who=MARC, says="/close", answer="Nothing is left to do", where="thread"),
    Line(verb="conversation.reopen", who=MARC, says="/reopen", answer="something to do", where="thread"),
    Line(verb="conversation.remind", who=MARC, says="/remind 2d", answer="You are reminded here", where="thread"),
    Line(verb="conversation.note", who=NINA, says="/note call later", answer="It stays inside", where="thread"),
    Line(verb="staff.suspend", who=RUTH, says='staff suspend @Jon Ames --reason "x"', answer="Jon Ames is suspended"),
    Line(verb="staff.retire", who=JON, says='staff retire @Marc Weber --reason "x"', answer="Marc Weber is retired"),
)
"""One day of the office."""

OTHERWISE = {"conversation.note", "conversation.quick", "import.approve", "review.mark"}
"""Messages of their own, or carried out in other stories."""
ELSEWHERE = {"channel.link", "policy.draft", "import.approve", "review.mark", "conversation.quick"}
"""Said before: by the stage, and with a file; and in other stories (`test_registry_command`, `test_sample`)."""

PROPER: Mapping[Scope, Where] = {"office": "office", "anywhere": "office", "channel": "channel", "thread": "thread"}


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Inner]:
    """Both clouds and the service inside; Ada is approved, Jon may publish."""
    async with inner(tmp_path) as play:
        await play.approve_ada()
        await play.order(OLIVIA, "role grant @Jon Ames compliance")
        yield play


async def answered(play: Inner, line: Line) -> str:
    """Say a line where it belongs; the words of the answer with that piece in it."""
    root = play.thread_of("Hello, this is Ada.")[0].id
    if line.where == "thread":
        before = len(play.receipts(root))
        await play.reply(root, line.says, line.who)
        return await play.until(lambda: next((w for w in play.receipts(root)[before:] if line.answer in w), None))
    place = {"office": ADMIN, "channel": CLIENTS, "chat": None}[line.where]
    return (await play.order(line.who, line.says, place)).words


async def test_every_command_is_carried_out_for_somebody_who_may(play: Inner):
    """A command would stand in the help and do nothing, or something else."""
    assert {line.verb for line in STORY} | ELSEWHERE == set(BY_VERB)
    assert "Version 1" in await draft(play, POLICY)
    for line in STORY:
        assert line.answer in await answered(play, line), line.says
    done = [record["verb"] for record in play.records("command") if record["outcome"] == "done"]
    assert set(done) == set(BY_VERB) - OTHERWISE, "a note is a message of its own"
    assert (await play.verify())["status"] == 0


async def refusals(play: Inner, person: Person, command: Command, where: Where) -> tuple[str, list[tuple[str, str]]]:
    """What somebody is told who says a command's example, and what the archive has of it."""
    before = len(play.records("refusal"))
    example = command.example.replace("@Ruth Meier", "@Marc Weber")  # only who is there can be mentioned
    words = await answered(play, Line(verb=command.verb, who=person, says=example, answer="Not done", where=where))
    return words.replace("*", ""), [(each["verb"], each["rule"]) for each in play.records("refusal")[before:]]


async def test_every_command_is_refused_to_somebody_without_the_role(play: Inner):
    """A right that stands in the table only would be no right."""
    held = [command for command in COMMANDS if SPEC[command.verb].roles]
    assert len(held) > 25
    for command in held:
        words, recorded = await refusals(play, NINA, command, PROPER[SPEC[command.verb].scope])
        assert f"{command.title} needs the role" in words
        assert recorded == [(command.verb, "order-role")]


async def test_every_command_is_refused_where_it_does_not_belong(play: Inner):
    """The register would be read out in front of everybody, or which conversation is meant be guessed."""
    bound = [command for command in COMMANDS if SPEC[command.verb].scope != "anywhere"]
    for command in bound:
        elsewhere: Where = "chat" if SPEC[command.verb].scope == "channel" else "channel"
        words, recorded = await refusals(play, MARC, command, elsewhere)
        assert "not here" in words or "is said in" in words
        assert recorded == [(command.verb, "order-place")]
