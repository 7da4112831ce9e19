"""What may stand in the page: the sanitiser is the last gate between foreign text and the document."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.sandbox.sanitise import TAGS, sanitised, shown


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("<b>bold</b> & <i>more</i>", "<b>bold</b> &amp; <i>more</i>"),
        ("<script>alert(1)</script>after", "after"),
        ('<img src=x onerror="alert(1)">text', "text"),
        ('<b onclick="alert(1)">x</b>', "<b>x</b>"),
        ('<a href="javascript:alert(1)">x</a>', "<a>x</a>"),
        (
            '<a href="https://a.example/?q=1&r=2">x</a>',
            '<a href="https://a.example/?q=1&amp;r=2" rel="noopener noreferrer nofollow" target="_blank">x</a>',
        ),
        ("<at>Waybill</at> hi", '<span class="mention">Waybill</span> hi'),
        ("<div><b>open", "<div><b>open</b></div>"),
        ("</div>stray", "stray"),
        ("<style><!-- </style>text", "text"),
    ],
)
def test_only_harmless_markup_survives(dirty: str, clean: str) -> None:
    """One surviving handler or link scheme is enough to run foreign code."""
    assert sanitised(dirty) == clean


@pytest.mark.parametrize(
    ("text", "text_format", "html"),
    [
        ("**a** <b>", "markdown", "<strong>a</strong> &lt;b&gt;"),
        ("**a**\n<at>Ruth</at>", "plain", '**a**<br><span class="mention">Ruth</span>'),
        ("<b>a</b>", "xml", "<b>a</b>"),
    ],
)
def test_text_is_shown_in_its_own_format(text: str, text_format: str, html: str) -> None:
    """The same characters mean different things in the three formats of Teams."""
    assert shown(text, text_format) == html


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.depth += tag != "br"

    def handle_endtag(self, tag: str) -> None:
        self.tags.add(tag)
        self.depth -= 1


PIECES = [
    *("<b>", "</b>", "<at>", "</at>", "<br/>", "<div ", "/>", "<a/b>", '<a href="', '">', "javascript:x", "text"),
    *("<script>", "</script>", "</ScRiPt>", "<svg/onload=x>", "</svg>", "<style>", "<template>", "&lt;", "&#60;"),
    *("<!--", "-->", "<![CDATA[", "]]>", "</", "<?", ">", "'", '"'),
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=30).map("".join))
def test_nothing_but_allowed_tags_comes_out_of_anything(dirty: str) -> None:
    """A sanitiser is only as good as its worst input."""
    reader = _Tags()
    reader.feed(sanitised(dirty))
    reader.close()
    assert reader.tags <= TAGS - {"at"}
    assert reader.attributes <= {"class", "href", "rel", "target"}
    assert reader.depth == 0
