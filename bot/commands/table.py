"""The commands as one literal table: help, suggestions, the reader and the documents all read it. Knows no registry.

Who may say what, and where, is `bridge.authority.SPEC`; the two tables have the same verbs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bridge.language import say
from bridge.notices import LANGUAGES
from bridge.rights import SPEC, Scope

Target = Literal[
    "nothing",
    "topic",
    "new contact",
    "contact",
    "contact and choice",
    "contact and person",
    "contact and address",
    "two contacts",
    "person",
    "person and role",
    "version",
    "delay",
    "delay and person",
    "text",
    "import",
    "record",
    "record and choice",
    "scope",
]
"""What stands after the two words of a command, before its options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One row: what people type (`usage`, `example`) and what it is good for (`help`, one line)."""

    verb: str
    target: Target = "nothing"
    options: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    """What the word after a contact may be, where there is one."""
    short: str = ""
    """The one word that names it after a slash: `/take`."""
    usage: str
    help: str
    example: str

    @property
    def phrase(self) -> str:
        """The words that name the command: `contact approve`."""
        return self.verb.replace(".", " ")

    @property
    def title(self) -> str:
        """How people are told of it: as short as it can be said."""
        return f"/{self.short}" if self.short else self.phrase

    @property
    def spoken(self) -> tuple[str, ...]:
        """The two orders in which the words may stand, the proper one first."""
        noun, _, verb = self.phrase.partition(" ")
        return (self.phrase, f"{verb} {noun}") if verb else (self.phrase,)

    @property
    def noun(self) -> str:
        """What the command is about."""
        return self.verb.partition(".")[0]


_PARTICULARS = '["Name"] [--purpose "…"] [--language xx]'

COMMANDS: tuple[Command, ...] = (
    Command(
        verb="help",
        target="topic",
        usage="help [command]",
        help="What you may do, or how one command is written.",
        example="help contact approve",
    ),
    Command(
        verb="status",
        usage="status",
        help="Whether everything works and what is waiting.",
        example="status",
    ),
    Command(
        verb="why",
        target="record",
        usage="why <#number>",
        help="Why something was let through, held, stopped or refused, from its record alone.",
        example="why #42",
    ),
    Command(
        verb="channel.link",
        usage="channel link",
        help="Open the threads of contacts in this channel from now on.",
        example="channel link",
    ),
    Command(
        verb="import.approve",
        target="import",
        usage="import approve <I-id>",
        help="Approve the contacts of a list that `waybill registry import` has entered, a hundred at a time.",
        example="import approve I-0a1b2c3d4e5f",
    ),
    Command(
        verb="contact.request",
        target="new contact",
        options=("name", "purpose", "language"),
        usage=f"contact request <number|username> {_PARTICULARS}",
        help="Ask for a new contact; somebody else approves it.",
        example='contact request +41 79 555 01 01 "Anna Keller" --purpose "pension advice" --language de',
    ),
    Command(
        verb="contact.add",
        target="new contact",
        options=("name", "purpose", "language"),
        usage=f"contact add <number|username> {_PARTICULARS}",
        help="Enter a contact in the registry; somebody else approves it.",
        example='contact add +41 79 555 01 01 "Anna Keller"',
    ),
    Command(
        verb="contact.approve",
        target="contact",
        options=("name",),
        usage='contact approve <C-id|number> [--name "…"]',
        help="Let messages pass between a contact and authorised staff.",
        example='contact approve C-1001 --name "Anna Keller"',
    ),
    Command(
        verb="contact.reject",
        target="contact",
        options=("reason",),
        usage='contact reject <C-id|number> --reason "…"',
        help="Let nothing pass; the reason goes on record.",
        example='contact reject C-1001 --reason "not a client of ours"',
    ),
    Command(
        verb="contact.suspend",
        target="contact",
        options=("reason",),
        usage='contact suspend <C-id|number> --reason "…"',
        help="Stop what passes either way at once; what they write waits. `contact approve` undoes it.",
        example='contact suspend C-1001 --reason "their number may be stolen"',
    ),
    Command(
        verb="contact.retire",
        target="contact",
        options=("reason",),
        usage='contact retire <C-id|number> --reason "…"',
        help="End the relation with a contact; they have to be requested anew to come back.",
        example='contact retire C-1001 --reason "account closed"',
    ),
    Command(
        verb="contact.consent",
        target="contact and choice",
        options=("source",),
        choices=("given", "withdrawn"),
        usage='contact consent <C-id|number> given|withdrawn --source "…"',
        help="Record that somebody agreed to be written to, or no longer does, and where that is known from.",
        example='contact consent C-1001 given --source "form of 3 May, signed"',
    ),
    Command(
        verb="contact.language",
        target="contact and choice",
        choices=LANGUAGES,
        usage="contact language <C-id|number> <de|en|es|fr|it|pt>",
        help="The language in which the service itself speaks to a contact.",
        example="contact language C-1001 de",
    ),
    Command(
        verb="contact.confirm",
        target="contact",
        usage="contact confirm <C-id|number>",
        help="Say that a contact is still one of ours, as a campaign asks.",
        example="contact confirm C-1001",
    ),
    Command(
        verb="contact.assign",
        target="contact and person",
        usage="contact assign <C-id|number> @Person",
        help="Who looks after a contact in general: they are reminded while nobody has the conversation.",
        example="contact assign C-1001 @Marc Weber",
    ),
    Command(
        verb="contact.backup",
        target="contact and person",
        usage="contact backup <C-id|number> @Person",
        help="Who looks after a contact while the one who does so is away.",
        example="contact backup C-1001 @Marc Weber",
    ),
    Command(
        verb="contact.channel",
        target="contact",
        usage="contact channel <C-id|number>",
        help="Have a contact's thread in this channel from now on, apart from the others.",
        example="contact channel C-1001",
    ),
    Command(
        verb="contact.merge",
        target="two contacts",
        usage="contact merge <C-id> <C-id>",
        help="The first turned out to be the second: their ids, and what they wrote that waits, become the second's.",
        example="contact merge C-1042 C-1001",
    ),
    Command(
        verb="contact.split",
        target="contact and address",
        usage="contact split <C-id> <number>",
        help="One of a contact's numbers turned out to be somebody else's, who gets an id and waits for approval.",
        example="contact split C-1001 +41 79 555 01 01",
    ),
    Command(
        verb="contact.list",
        options=("state", "page"),
        usage="contact list [--state …] [--page n]",
        help="All contacts, or those in one state: sighted, requested, approved, rejected, suspended or retired.",
        example="contact list --state requested",
    ),
    Command(
        verb="contact.show",
        target="contact",
        usage="contact show <C-id|number>",
        help="All that the registry knows of a contact.",
        example="contact show C-1001",
    ),
    Command(
        verb="staff.authorise",
        target="person",
        usage="staff authorise @Person",
        help="Let somebody write to approved contacts.",
        example="staff authorise @Marc Weber",
    ),
    Command(
        verb="staff.suspend",
        target="person",
        options=("reason",),
        usage='staff suspend @Person --reason "…"',
        help="Stop somebody's messages to contacts at once; the reason goes on record.",
        example='staff suspend @Marc Weber --reason "left the desk"',
    ),
    Command(
        verb="staff.retire",
        target="person",
        options=("reason",),
        usage='staff retire @Person --reason "…"',
        help="Take somebody who has left off the list; the reason goes on record.",
        example='staff retire @Marc Weber --reason "left the firm"',
    ),
    Command(
        verb="staff.confirm",
        target="person",
        usage="staff confirm @Person",
        help="Say that somebody still has to write to contacts, as a campaign asks; of somebody else than yourself.",
        example="staff confirm @Marc Weber",
    ),
    Command(
        verb="staff.attest",
        usage="staff attest",
        help="Read the firm's policy, answer three questions about it, and confirm it.",
        example="staff attest",
    ),
    Command(
        verb="staff.away",
        target="delay and person",
        short="away",
        usage="/away <30m|4h|2d> [@Person]",
        help="You are away for a while, and who stands in; contacts of yours are told when they write.",
        example="/away 14d @Marc Weber",
    ),
    Command(
        verb="staff.back",
        short="back",
        usage="/back",
        help="You are back before your time.",
        example="/back",
    ),
    Command(
        verb="staff.list",
        options=("page",),
        usage="staff list [--page n]",
        help="Everybody who is or was authorised, with their roles.",
        example="staff list",
    ),
    Command(
        verb="campaign.start",
        target="scope",
        options=("days",),
        choices=("contacts", "staff"),
        usage="campaign start contacts|staff [--days 30]",
        help="Have every contact, or every authorisation, confirmed anew; whoever nobody confirms is suspended.",
        example="campaign start contacts --days 30",
    ),
    Command(
        verb="campaign.status",
        usage="campaign status",
        help="Which campaigns run, until when, and who is still to be confirmed.",
        example="campaign status",
    ),
    Command(
        verb="campaign.close",
        target="scope",
        choices=("contacts", "staff"),
        usage="campaign close contacts|staff",
        help="End a campaign before its time; nobody is suspended.",
        example="campaign close contacts",
    ),
    Command(
        verb="template.list",
        usage="template list",
        help="The templates WhatsApp has for us: language, category, status and what is to be filled in.",
        example="template list",
    ),
    Command(
        verb="policy.draft",
        usage="policy draft",
        help="Hand in a new version of the firm's policy, attached as a file; somebody else publishes it.",
        example="policy draft",
    ),
    Command(
        verb="policy.publish",
        target="version",
        usage="policy publish <version>",
        help="Put a version of the firm's policy in force, a new one or an earlier one.",
        example="policy publish 2",
    ),
    Command(
        verb="policy.show",
        usage="policy show",
        help="Which version of the firm's policy is in force, and what was drafted and published when, by whom.",
        example="policy show",
    ),
    Command(
        verb="review.list",
        usage="review list",
        help="Which messages wait for somebody who reviews them.",
        example="review list",
    ),
    Command(
        verb="review.sample",
        options=("percent", "days", "seed"),
        usage="review sample [--percent 5] [--days 7] [--seed …]",
        help="Draw some of the messages that left, to look at them; whoever knows the seed draws the same.",
        example="review sample --percent 5 --days 7",
    ),
    Command(
        verb="review.mark",
        target="record and choice",
        options=("note",),
        choices=("ok", "concern"),
        usage='review mark <#number> ok|concern [--note "…"]',
        help="Put on record that you have looked at a message that left, and what you think of it.",
        example="review mark #42 ok",
    ),
    Command(
        verb="role.grant",
        target="person and role",
        usage="role grant @Person <role>",
        help="Give somebody a role; it counts from their next command.",
        example="role grant @Ruth Meier compliance",
    ),
    Command(
        verb="role.revoke",
        target="person and role",
        usage="role revoke @Person <role>",
        help="Take a role from somebody; it counts from their next command.",
        example="role revoke @Ruth Meier compliance",
    ),
    Command(
        verb="role.list",
        usage="role list",
        help="Who holds which role.",
        example="role list",
    ),
    Command(
        verb="conversation.take",
        short="take",
        usage="/take",
        help="Look after the contact of this thread from now on.",
        example="/take",
    ),
    Command(
        verb="conversation.assign",
        target="person",
        short="assign",
        usage="/assign @Person",
        help="Let somebody else look after the contact of this thread; the contact is not told.",
        example="/assign @Marc Weber",
    ),
    Command(
        verb="conversation.handover",
        target="person",
        short="handover",
        usage="/handover @Person",
        help="Hand the contact of this thread over to somebody else, and tell the contact so.",
        example="/handover @Marc Weber",
    ),
    Command(
        verb="conversation.release",
        short="release",
        usage="/release",
        help="Look after the contact of this thread no more; nobody does until somebody takes it.",
        example="/release",
    ),
    Command(
        verb="conversation.close",
        short="close",
        usage="/close",
        help="Nothing is left to do here; it opens again by itself when the contact writes.",
        example="/close",
    ),
    Command(
        verb="conversation.reopen",
        short="reopen",
        usage="/reopen",
        help="There is something left to do here after all.",
        example="/reopen",
    ),
    Command(
        verb="conversation.remind",
        target="delay",
        short="remind",
        usage="/remind <30m|4h|2d>",
        help="Be reminded of this thread, in it, after some minutes, hours or days.",
        example="/remind 2d",
    ),
    Command(
        verb="conversation.quick",
        target="text",
        short="quick",
        usage="/quick <name>",
        help="Send the contact a text that the firm has prepared, in their language; `policy show` names them.",
        example="/quick opening-hours",
    ),
    Command(
        verb="conversation.note",
        target="text",
        short="note",
        usage="/note <text>",
        help="Keep a remark with the conversation; it is on record and never reaches the contact.",
        example="/note prefers to be called in the morning",
    ),
)
"""In the order in which help shows them: by noun."""

NOUNS = frozenset(command.noun for command in COMMANDS if "." in command.verb)

BY_VERB: Mapping[str, Command] = {command.verb: command for command in COMMANDS}

PLACES: Mapping[Scope, str] = {
    "office": "in the admin channel or in your personal chat with me",
    "anywhere": "anywhere",
    "channel": "in the channel it is about",
    "thread": "in a contact's thread",
}


def who(verb: str) -> str:
    """The roles that may give an order, in words."""
    return say(" or ").join(SPEC[verb].roles) or say("everybody")


def confirmed(verb: str) -> str:
    """Who confirms an order and how before it counts, in words; empty where it counts at once."""
    right = SPEC[verb]
    match right.confirm:
        case "no":
            return ""
        case "ask":
            return say("whoever says it, within 5 minutes")
        case "type":
            return say("whoever says it, typing the name, within 5 minutes")
        case "second":
            return say("somebody else ({roles}), within 3 days", roles=say(" or ").join(right.seconds))


def commands_table() -> str:
    """The commands as a Markdown table, for documents; it ends with a line end."""
    rows = [("Command", "What it does", "Who", "Where", "Confirmed by")]
    rows += [
        (
            f"`{command.usage}`",
            command.help,
            who(command.verb),
            PLACES[SPEC[command.verb].scope],
            confirmed(command.verb) or "–",
        )
        for command in COMMANDS
    ]
    head, *body = [_line(row) for row in rows]
    return "\n".join((head, "| --- | --- | --- | --- | --- |", *body)) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
