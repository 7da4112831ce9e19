"""Prose: what a person wrote, line by line, with the bot's name left out at the front and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markup import html_of
from bot.teams.mentions import Mention
from bot.teams.prose import from_html, from_plain
from bridge.whatsapp import marks
from bridge.whatsapp.marks import Run, Style

BOT = Mention(id="28:bot", name="WhatsApp", label="WhatsApp")
NAMESAKE = Mention(id="29:person", name="WhatsApp", label="WhatsApp")
RUTH = Mention(id="29:ruth", name="Ruth Meier", label="Ruth Meier")


def span(name: str) -> str:
    return f'<span itemscope="" itemtype="http://schema.skype.com/Mention" itemid="0">{name}</span>'


def html(markup: str, *mentions: Mention) -> str:
    return from_html(markup, mentions, "28:bot").text


def plain(text: str, *mentions: Mention) -> str:
    return from_plain(text, mentions, "28:bot").text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<div><div>one</div>\n</div>", "one"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<p>one</p>\n<p>&nbsp;</p>\n<p>two</p>", "one\n\ntwo"),
        ("<p>one<br></p><p>two</p>", "one\ntwo"),
        ("a &lt;b&gt; &amp; c&nbsp;&nbsp;d", "a <b> & c d"),
        ("a\n   b <b>c</b><i>d</i> e", "a b cd e"),
        ("<ul><li>a</li><li><p>b</p></li></ul>end", "- a\n- b\nend"),
        ("<ol><li>a</li><li> b<ul><li>c</li></ul></li><li>d</li></ol>", "1. a\n2. b\n- c\n3. d"),
        ("<ul><li></li></ul>x", "x"),
        ("<blockquote><p>said before</p></blockquote><p>and now</p>", "> said before\nand now"),
        ("<pre>a\n  b</pre>c", "a\n  b\nc"),
        ("<codeblock>if x:\n  y</codeblock>", "if x:\n  y"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"),
        ('see <a href="https://keller.example/terms">the terms</a>!', "see the terms (https://keller.example/terms)!"),
        ('<a href="https://keller.example/">keller.example</a>', "keller.example"),
        ('<a href="mailto:ada@example.com">ada@example.com</a>', "ada@example.com"),
        ('<a href="javascript:alert(1)">press</a>', "press"),
        ('hi <emoji alt="🙂" title="Smile"></emoji>', "hi 🙂"),
        ('hi <img itemtype="http://schema.skype.com/Emoji" alt="🙂">', "hi 🙂"),
        ("<script>alert(1)</script><style>x</style><!-- no -->yes", "yes"),
        ('<attachment id="1"></attachment>text', "text"),
        ('<p>a<attachment id="1"/>b <emoji alt="🙂"/>c</p><p>d</p>', "ab 🙂c\nd"),
        ("a<hr>b", "a\n---\nb"),
        ("全角\u3000空白", "全角\u3000空白"),
        ("", ""),
    ],
)
def test_markup_becomes_the_lines_a_reader_sees(markup: str, text: str):
    """The contact gets this text: a lost line break or a lost link changes what was said."""
    assert html(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (f"<p>{span('WhatsApp')}&nbsp;move to WhatsApp</p>", "move to WhatsApp"),
        (f"<p>move to {span('WhatsApp')}</p>", "move to WhatsApp"),
        (f"<p>hello</p><p>{span('WhatsApp')} there</p>", "hello\nWhatsApp there"),
        ("<at>WhatsApp</at> go", "go"),
        ('<at id="0">WhatsApp</at> go', "go"),
        (f"<div>\n {span('WhatsApp')}</div><div>go</div>", "go"),
        (f"<ul><li>{span('WhatsApp')} go</li></ul>", "- go"),
        (f"{span('Whats&nbsp;App')} go", "Whats App go"),
    ],
)
def test_only_the_leading_mention_of_the_bot_is_left_out(markup: str, text: str):
    """botbuilder's own stripper deletes the bot's name everywhere and so alters what is relayed."""
    assert html(markup, BOT) == text


def test_a_person_called_like_the_bot_keeps_their_name():
    """The entities say who is meant, not the name: this message is about a colleague."""
    assert html(f"{span('WhatsApp')} will call", NAMESAKE) == "WhatsApp will call"
    assert html(f"{span('WhatsApp')} {span('WhatsApp')} will call", BOT, NAMESAKE) == "WhatsApp will call"
    assert html(f"{span('WhatsApp')} {span('WhatsApp')} will call", NAMESAKE, BOT) == "WhatsApp WhatsApp will call"


def test_a_tag_that_no_entity_knows_is_text():
    """Anybody can type the tag; only Teams writes the entities."""
    assert html("<at>WhatsApp</at> go") == "WhatsApp go"
    assert plain("<at>WhatsApp</at> go") == "WhatsApp go"


def test_other_people_are_named():
    """ "Ruth will call you" without the name would be nonsense to the contact."""
    assert html(f"{span('WhatsApp')} {span('Ruth Meier')} will call", BOT, RUTH) == "Ruth Meier will call"
    assert plain("<at>WhatsApp</at> <at>Ruth Meier</at> will call", BOT, RUTH) == "Ruth Meier will call"


def test_a_quoted_reply_stays_inside():
    """The quoted words may be an internal remark, and their quoter did not write them."""
    quote = '<blockquote itemtype="http://schema.skype.com/Reply"><p>do not tell her</p></blockquote>'
    assert html(f"{quote}<p>{span('WhatsApp')} yes</p>", BOT) == "yes"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<at>WhatsApp</at> 2 < 3 > 1 &amp; <b>bold</b>\r\nnext\n", "2 < 3 > 1 & <b>bold</b>\nnext"),
        ("  <at>WhatsApp</at>\u00a0go", "go"),
        ("hi <at>WhatsApp</at>", "hi WhatsApp"),
        ("WhatsApp is not mentioned", "WhatsApp is not mentioned"),
        ("<at>WhatsApp</at>", ""),
        ("<at>WhatsApp go", "<at>WhatsApp go"),
        ("  two   spaces  ", "two   spaces"),
    ],
)
def test_plain_text_is_kept_as_it_was_typed(text: str, expected: str):
    """In a plain text only the mention tags and entities are markup; the rest is what somebody typed."""
    assert plain(text, BOT) == expected


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<b>one</b> <i>two</i> <s>three</s> <code>four</code>", "*one* _two_ ~three~ `four`"),
        ("<p><strong>both <em>at once</em></strong></p><p>plain</p>", "*both _at once_*\nplain"),
        ("<h2>Terms</h2><p>agreed</p>", "*Terms*\nagreed"),
        ("<blockquote><p>one</p><p>two</p></blockquote><p>and</p>", "> one\n> two\nand"),
        ("<p>so:</p><pre>a\n  b</pre><p>c</p>", "so:\n```a\n  b```\nc"),
        ("<codeblock><code>if x:<br>  y</code></codeblock>", "```if x:\n  y```"),
        ("<ul><li><b>a</b></li><li>b</li></ul>", "- *a*\n- b"),
        ('<b><a href="https://keller.example/a_b">terms</a></b>', "*terms (https://keller.example/a_b)*"),
        ("<p>*typed*</p>", "*\u200atyped*"),
    ],
)
def test_looks_become_whatsapps_marks(markup: str, text: str):
    """The contact would not see what was stressed, quoted or code."""
    assert from_html(markup, (), "28:bot").marked == text


STYLES: st.SearchStrategy[frozenset[Style]] = st.frozensets(st.sampled_from(("strong", "em", "s", "code")))
WORD = st.builds(Run, text=st.text(alphabet="ab.,(", min_size=1, max_size=4), styles=STYLES)


def line(is_quoted: bool, words: list[Run]) -> list[Run]:
    spaced = [run for word in words for run in (word, Run(text=" "))][:-1]
    return [Run(text="> ", is_mark=True), *spaced] if is_quoted else spaced


LINE = st.builds(line, st.booleans(), st.lists(WORD, min_size=1, max_size=4))
BLOCK = st.text(alphabet="ab*\n", min_size=1, max_size=9).map(str.strip).filter(bool)
FENCED = BLOCK.map(lambda code: [Run(text=code, styles=frozenset({"fence"}))])


def in_turns(blocks: list[list[Run]]) -> list[list[Run]]:
    """Two blocks of code that follow one another are one to Teams."""
    return [block for number, block in enumerate(blocks) if not number or "fence" not in block[0].styles]


@given(st.lists(LINE | FENCED, min_size=1, max_size=5).map(in_turns))
def test_marks_come_back_as_they_were_after_a_way_through_teams(lines: list[list[Run]]):
    """A contact's stressed words, quoted back to them by way of Teams, would read otherwise."""
    written = "\n".join(marks.written(line) for line in lines)
    assert from_html(html_of(written), (), "28:bot").marked == written


def test_pictures_are_counted_but_emoji_are_not():
    """A picture cannot be relayed and the author must be told; a smile can."""
    markup = '<img itemtype="http://schema.skype.com/AMSImage" src="x"><emoji alt="🙂"></emoji><img src="y">'
    assert from_html(markup, (), "28:bot").images == 2


TAGS = st.sampled_from(
    ["<p>", "</p>", "<li>", "<ul>", "</ul>", "<ol>", "<pre>", "<at>", "</at>", "<a href='x'>", "<br>"]
)
MARKUP = st.lists(TAGS | st.text(max_size=5), max_size=30).map("".join)
MENTIONS = st.lists(st.builds(Mention, id=st.sampled_from(["28:bot", "29:x"]), name=st.text(), label=st.text()))


@given(MARKUP, MENTIONS)
def test_any_markup_gives_a_text(markup: str, mentions: list[Mention]):
    """A message that cannot be read would be a message lost."""
    for text in (from_html(markup, mentions, "28:bot").text, from_plain(markup, mentions, "28:bot").text):
        assert text == text.strip()


@given(st.text(st.characters(exclude_characters="<&\r\u00a0\0", exclude_categories=["Cs"])))
def test_plain_text_without_markup_comes_through_unchanged(text: str):
    """What staff write is what the contact reads."""
    assert plain(text) == text.strip()


@pytest.mark.parametrize("markup", ["<b>" * 10_000 + "x", "<ul><li>" * 5_000 + "x", "<at>" * 10_000 + "x"])
def test_tags_nested_ten_thousand_deep_are_read(markup: str):
    """Recursion would run out of stack, and one message would stop the service."""
    assert from_html(markup, (BOT,), "28:bot").text.endswith("x")
    assert from_plain(markup * 10, (BOT,), "28:bot").text.endswith("x")
