"""Whatever the bridge records of a network, a transcript has words for: the two sides of the border agree."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.transcript.words import MEDIA, words
from bridge import bodies
from bridge.content import Content, Unshown
from bridge.model import ContactMessage
from bridge.whatsapp.webhook import arrivals, read

FIXTURES = Path(__file__).parents[2] / "fixtures/whatsapp"


def contents() -> Iterator[tuple[str, Content]]:
    for path in sorted(FIXTURES.glob("*.json")):
        raw = path.read_bytes()
        for arrival in arrivals(raw):
            event = read(raw, arrival.pointer)
            if isinstance(event, ContactMessage):
                yield path.stem, event.content


CONTENTS = list(contents())


@pytest.mark.parametrize(("name", "content"), CONTENTS, ids=[name for name, _ in CONTENTS])
def test_every_content_of_the_network_reads_in_words(name: str, content: Content):
    """Lost: a message that a transcript shows as nothing, or as the name of its type."""
    body = bodies.body(content)
    said = words(body)
    if isinstance(content, Unshown):
        assert said.startswith(f"[{content.what}]")
    elif body["type"] in {"reaction", "delete"}:
        assert said.startswith(("[reaction", "[deleted"))
    else:
        assert said != f"[{body['type']}]" or body["type"] in MEDIA
        assert "None" not in said


def test_the_fixtures_have_contents_to_read():
    """Lost: this very page, should the fixtures move."""
    assert len({str(bodies.body(content)["type"]) for _, content in CONTENTS}) > 10
