"""What staff write and attach leaves as few messages, in order, with nothing left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge import sendable
from bridge.composing import CAPTION, composed, count
from bridge.model import Wamid
from bridge.sendable import FileKind, MediaOut, TextOut

KINDS: tuple[FileKind, ...] = ("image", "video", "audio", "document")
FILES = st.lists(
    st.builds(
        MediaOut,
        kind=st.sampled_from(KINDS),
        reference=st.fixed_dictionaries({"blob": st.text(), "size": st.integers()}),
        name=st.text(),
        media_type=st.just("a/b"),
    ),
    max_size=5,
)
TEXTS = st.sampled_from(["", "  ", "hello", "x" * CAPTION, "x" * (CAPTION + 1), "x" * 5000])


@given(TEXTS, FILES)
def test_nothing_is_left_out_and_files_keep_their_order(text: str, files: list[MediaOut]):
    """A contract without its second page, or a text that nobody reads."""
    parts = composed(text, files)
    sent = [part for part in parts if isinstance(part, MediaOut)]
    assert [(part.name, part.reference) for part in sent] == [(file.name, file.reference) for file in files]
    texts = [part.text for part in parts if isinstance(part, TextOut)]
    captions = [part.caption for part in sent if part.caption is not None]
    if text.strip() or not files:
        assert "".join(texts + captions) == text
    assert all(part.kind != "audio" for part in sent if part.caption is not None)


@given(TEXTS, FILES)
def test_what_is_counted_is_what_leaves(text: str, files: list[MediaOut]):
    """The rule about the number of messages would be about another number."""
    assert count(text, [file.kind for file in files]) == len(composed(text, files))


def test_only_the_first_message_answers():
    """A quotation would stand over each of five photos."""
    file = MediaOut(kind="image", reference={}, name="a", media_type="image/png")
    first, second = composed("hello", [file, file], quotes=Wamid("wamid.1"))
    assert isinstance(first, MediaOut)
    assert isinstance(second, MediaOut)
    assert (first.quotes, second.quotes) == ("wamid.1", None)


@given(FILES.filter(bool))
def test_a_file_comes_back_from_the_outbox_as_it_was(files: list[MediaOut]):
    """After a restart another file would leave."""
    for part in composed("hello", files, quotes=Wamid("wamid.1")):
        assert sendable.from_json(sendable.to_json(part)) == part
