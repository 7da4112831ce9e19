"""Staff confirm a policy: what they were asked, what they answered, and that it counts, on record.

The card may stand anywhere and be pressed by anybody: it counts for whoever pressed it and for nobody else.
"""

from __future__ import annotations

from . import evidence
from .change import Change
from .errors import PeerRefused
from .firm.written import Confirmation
from .language import say
from .model import Item, Press
from .posting import Lost, marker, post_once
from .rights import Refused
from .shown import Notice
from .tools import Tools

BUTTON = "attest"


class Attesting:
    """Called in the office's lane; repeatable."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def press(self, item: Item, event: Press) -> Notice:
        """What whoever pressed is told; on return it is on record, and counts."""
        tools = self._tools
        asked, refused = tools.rulebook.asked, self._refused(event)
        version = str(tools.registry.policies.asks)
        answers = [event.value(f"answer{number}") or "" for number in range(len(asked.questions) if asked else 0)]
        result: evidence.Fields = {"outcome": "done"}
        if refused is not None:
            result = {"outcome": "refused", "rule": refused.rule, "reason": refused.text}
        origin = await tools.journal.origin(item)
        committed = await tools.journal.append(evidence.attestation(item, event, version, answers, result, origin))
        recorded = committed.record.fields
        if recorded["outcome"] == "refused":
            return Notice(text=str(recorded["reason"]), tone="bad")
        values = (("version", str(recorded["version"])),)
        subject = event.author.staff
        change = Change(verb="staff.attest", subject=subject, by=subject, at=tools.clock(), values=values)
        await tools.book.commit(item.key, [change])
        return Notice(
            text=say("Confirmed: version {version} of the firm's policy.", version=recorded["version"]), tone="good"
        )

    def _refused(self, event: Press) -> Refused | None:
        tools = self._tools
        member, asked = tools.registry.staff.get(event.author.staff), tools.rulebook.asked
        if member is None or member.state != "authorised":
            return Refused(rule="order-role", text=say("Only those who may write to contacts confirm the policy."))
        if asked is None or event.value("version") != str(tools.registry.policies.asks):
            return Refused(
                rule="attest-unknown", text=say("This version is not to be confirmed any more: `staff attest`.")
            )
        if tools.registry.policies.asks in member.confirmed:
            return Refused(rule="attest-held", text=say("You have confirmed this version already."))
        wrong = [str(number) for number in _wrong(asked, event)]
        if wrong:
            which = (
                say("Question {wrong} is", wrong=wrong[0])
                if len(wrong) == 1
                else say("Questions {wrong} are", wrong=say(" and ").join(wrong))
            )
            return Refused(
                rule="attest-wrong",
                text=say("{which} not answered rightly. Read the text again, then answer.", which=which),
            )
        return None

    async def announce(self, change: Change) -> None:
        """Tell the channels of contacts that a new version is to be confirmed, and until when."""
        tools = self._tools
        version = tools.registry.policies.known[int(change.subject)]
        if not version.confirm_within or version.published_at is None:
            return
        due = version.published_at + version.confirm_within
        told = await tools.journal.append(evidence.asked_to_attest(str(version.number), due))
        text = say(
            "Version {number} of the firm's policy is in force. Everybody who writes to contacts confirms "
            "it: say `staff attest` to me in our chat. Whoever has not done so cannot write to contacts after",
            number=version.number,
        )
        for number, channel in enumerate(tools.registry.rooms()):
            mark = f"{marker(told)}.{number}" if number else marker(told)
            notice = Notice(text=text, tone="warning", marker=mark, until=due)
            try:
                await post_once(tools, channel, notice, mark=mark, before=told.existed)
            except (PeerRefused, Lost):
                await tools.journal.append(evidence.outcome(told.record.id, "unanswered"))
            tools.posted.pop(mark, None)


def _wrong(asked: Confirmation, event: Press) -> list[int]:
    """The numbers of the questions that are not answered rightly, from 1."""
    return [
        number
        for number, question in enumerate(asked.questions, start=1)
        if event.value(f"answer{number - 1}") != str(question.right)
    ]
