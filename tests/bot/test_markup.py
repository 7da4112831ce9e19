"""Text of other people, made safe for Teams."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.markup import html_line, html_of, literal, one_line, printable, prose

ANYTHING = st.text(alphabet=st.characters(), max_size=60)
"""Any code point at all, half surrogate pairs included."""

MARKED = st.text(alphabet="ab <>&*_~`\n\"'[](){}|#-+=.1:/\\\u202e\r", max_size=60)
"""Mostly markup, so that hypothesis finds the corners."""

TAGS = {f"<{slash}{name}>" for name in ("strong", "em", "s", "code", "pre", "blockquote") for slash in ("", "/")} | {
    "<br/>"
}

# Everything a card's markdown might act upon, more than Teams supports.
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])


def seen(markdown: str) -> str:
    """What a person sees of markdown, once the paragraph around it is taken off."""
    rendered = MARKDOWN.render(markdown).strip()
    return html.unescape(rendered.removeprefix("<p>").removesuffix("</p>"))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("*bold* and _italic_", "<strong>bold</strong> and <em>italic</em>"),
        ("~gone~ and `code`", "<s>gone</s> and <code>code</code>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("```two\nlines *raw*```", "<pre>two<br/>lines *raw*</pre>"),
        ("a\n> b\n> *c*\nd", "a<blockquote>b<br/><strong>c</strong></blockquote>d"),
        ("https://keller.example/_a_", "https://keller.example/_a_"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("* no bold * here", "* no bold * here"),
        ("*not\nover lines*", "*not<br/>over lines*"),
        ("a\r\nb\rc", "a<br/>b<br/>c"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("*<at>you</at>*", "<strong>&lt;at&gt;you&lt;/at&gt;</strong>"),
    ],
)
def test_whatsapp_markup_becomes_the_same_look_in_teams(written: str, shown: str):
    """Staff would read asterisks instead of emphasis, or see a contact's angle brackets act."""
    assert html_of(written) == shown


@settings(deadline=None)
@given(ANYTHING | MARKED)
@example("*" * 5_000)
@example(" *a" * 2_000)
def test_a_contact_can_make_no_tag_of_their_own(text: str):
    """A contact could put links, pictures or mentions into a channel."""
    made = html_of(text)
    assert set(re.findall(r"<[^>]*>", made)) <= TAGS
    assert ">" not in re.sub(r"<[^>]*>", "", made)


@given(ANYTHING | MARKED)
def test_every_tag_is_closed_in_order(text: str):
    """One open tag would turn the look of everything after it."""
    waiting: list[str] = []
    for slash, name in re.findall(r"<(/?)(\w+)>", html_of(text)):
        if not slash:
            waiting.append(name)
        else:
            assert waiting.pop() == name
    assert waiting == []


@given(ANYTHING | MARKED)
def test_markup_loses_no_character_but_its_own_delimiters(text: str):
    """Staff would act on a message that is not what the contact wrote."""
    shown = html.unescape(re.sub(r"<[^>]*>", "", html_of(text).replace("<br/>", "\n")))
    assert without(shown, "*_~`> \n") == without(printable(text), "*_~`> \n")


def without(text: str, characters: str) -> str:
    return text.translate(str.maketrans("", "", characters))


@given(ANYTHING | MARKED)
def test_a_name_in_a_post_is_one_line_without_tags(text: str):
    """A profile name could end its own emphasis and go on as if we had written it."""
    shown = html_line(text)
    assert not set("<>\n") & set(shown)
    assert html.unescape(shown) == one_line(text)


@given(ANYTHING | MARKED)
@example("[x](http://evil.example)")
@example("**loud** __and__ ~~gone~~")
@example("{{DATE(2020-01-01T00:00:00Z)}}")
@example("# heading")
@example("1. one")
@example("---")
@example("&amp; <b>")
def test_a_name_in_a_card_shows_every_character_as_it_stands(text: str):
    """A profile name could pose as a link or as words of ours in an administrator's card."""
    assert seen(literal(text)) == one_line(text)


def test_an_ordinary_number_or_name_is_not_touched():
    """A client without backslash escapes would show noise in the most common values."""
    for value in ("+41 79 555 01 01", "Anna Keller", "C-1001", "#1042", "anna.k@x", "O'Neill-Meier (Zürich)"):
        assert literal(value) == value


def test_the_date_macro_is_broken_up():
    """The card renderer would replace a contact's own words before markdown sees them."""
    assert "{{" not in literal("{{DATE(2020-01-01T00:00:00Z)}}")


@given(ANYTHING | MARKED)
def test_direction_overrides_are_taken_out_of_names(text: str):
    """A name could turn around the words that we write after it."""
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(one_line(text))


def test_prose_shows_commands_in_bold_and_keeps_its_lines():
    """A refusal would not show which words to type."""
    assert prose("Say `channel link`.\nThen `help`.") == "Say **channel link**.\n\nThen **help**."


@given(ANYTHING | MARKED)
@example("`[x](http://evil.example)`")
def test_prose_makes_no_link_and_no_picture_whatever_name_stands_in_it(text: str):
    """A name inside one of our sentences could become a link."""
    rendered = MARKDOWN.render(prose(f"{text} is approved."))
    assert set(re.findall(r"<\w+", rendered)) <= {"<p", "<strong"}
