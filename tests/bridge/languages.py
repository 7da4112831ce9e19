"""Every template that the code says, and the catalogues brought up to date with them.

python -m tests.bridge.languages    # what is new stands in each .po without a translation, what is gone is gone
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import polib

from bot import attached, cards
from bot.commands import COMMANDS, answers, contacts, forms
from bot.commands.table import PLACES
from bot.teams import calls
from bridge import consent, explaining, notes, telling
from bridge.campaigns.life import SCOPES
from bridge.language import CATALOGUES
from bridge.leavers import Gone
from bridge.lives import ContactState
from bridge.media import files
from bridge.policy import RULES
from bridge.store import ReviewState
from bridge.supervision import daily, watch
from bridge.whatsapp import code_table, contents, fields
from bridge.work.life import WorkState

ROOT = Path(__file__).parents[2]
CODES = (*code_table.ROWS, *code_table.CODELESS)
SAID = {"say", "mark", "say_number"}
OF_CONTENTS = (contents.UNSUPPORTED, contents.OTHERS, contents.SOURCES, contents.MISSING)


@dataclass(frozen=True, slots=True)
class Template:
    """What is said; `many` is the other form of what goes with a number, `where` a file that says it."""

    one: str
    many: str = ""
    where: str = ""


def templates() -> list[Template]:
    """All of them, each once, in the order of the files."""
    known: dict[str, Template] = {}
    for each in (*_in_code(), *_in_tables()):
        known.setdefault(each.one, each)
    return list(known.values())


def _in_code() -> Iterator[Template]:
    """The literal first argument of `say` and `mark`, both of `say_number`, and the nouns of `count`."""
    for path in sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("bridge/**/*.py")]):
        where = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                if node.func.id in SAID and texts and isinstance(node.args[0], ast.Constant):
                    yield Template(*texts[:2], where=where) if len(texts) > 1 else Template(texts[0], where=where)
                if node.func.id == "count" and texts:
                    yield Template(texts[0], f"{texts[0]}s", where)


def _in_tables() -> Iterator[Template]:
    """What is said by its place in a table."""
    tables = {
        "bot/attached.py": [*attached.KINDS.values(), *attached.OPEN.values()],
        "bot/cards.py": [*cards.SUMMARIES.values(), *cards.RECEIPT_LINES.values(), *cards.HEARD],
        "bot/commands/answers.py": answers.STAFF_STATES,
        "bot/commands/contacts.py": contacts.PARTICULARS.values(),
        "bot/commands/forms.py": [*forms.ASKED.values(), *(option.capitalize() for option in _options()), *_choices()],
        "bot/commands/table.py": [*(command.help for command in COMMANDS), *PLACES.values()],
        "bot/teams/calls.py": calls.CLOSED.values(),
        "bridge/campaigns/life.py": SCOPES,
        "bridge/consent.py": [*consent.REMARKS.values(), *consent.NEWS.values()],
        "bridge/explaining.py": explaining.OUTCOMES.values(),
        "bridge/leavers.py": get_args(Gone),
        "bridge/lives.py": [*get_args(ContactState), *(state.capitalize() for state in get_args(ContactState))],
        "bridge/media/files.py": files.WHY.values(),
        "bridge/notes.py": [news.text for news in notes.NEWS.values()],
        "bridge/policy.py": [text for rule in RULES.values() for text in (rule.text, rule.remedy) if text],
        "bridge/store/reviews.py": [state.capitalize() for state in get_args(ReviewState)],
        "bridge/supervision/daily.py": daily.DAYS,
        "bridge/supervision/watch.py": [*get_args(watch.Kind), "not known"],
        "bridge/telling.py": [*telling.MEDIA.values(), *telling.CHOSEN.values()],
        "bridge/whatsapp/code_table.py": [text for row in CODES for text in (row.meaning, row.text)],
        "bridge/whatsapp/contents.py": [text for table in OF_CONTENTS for text in table.values()],
        "bridge/whatsapp/fields.py": [field.words for field in fields.FIELDS.values()],
        "bridge/work/life.py": get_args(WorkState),
    }
    for where, texts in tables.items():
        yield from (Template(text, where=where) for text in texts)


def _options() -> list[str]:
    return sorted({option for command in COMMANDS for option in command.options})


def _choices() -> list[str]:
    """Of forms; languages are named by their letters."""
    return sorted({choice for command in COMMANDS for choice in command.choices if len(choice) > 2})


def bring_up_to_date(path: Path) -> None:
    """Write a catalogue anew: all that is said, each with the translation it had."""
    old = {entry.msgid: entry for entry in polib.pofile(str(path))}
    new = polib.POFile(wrapwidth=120)
    new.metadata = polib.pofile(str(path)).metadata
    for each in templates():
        had = old.get(each.one)
        new.append(
            polib.POEntry(
                msgid=each.one,
                msgid_plural=each.many,
                msgstr="" if had is None or each.many else had.msgstr,
                msgstr_plural=({} if had is None else had.msgstr_plural) or ({0: "", 1: ""} if each.many else {}),
                occurrences=[(each.where, "")],
            )
        )
    new.save(str(path))


if __name__ == "__main__":
    for catalogue in CATALOGUES.glob("*.po"):
        bring_up_to_date(catalogue)
