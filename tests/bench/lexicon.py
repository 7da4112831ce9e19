"""What a firm's lists cost a message: ten terms and ten thousand in turn. Nothing here passes or fails by a clock."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from statistics import median, quantiles
from time import perf_counter

from bridge.firm.rules import Firm
from bridge.firm.written import Lexicon, Written
from tests.bench.report import say

LETTERS = "abcdefghijklmnopqrstuvwxyz"
FEW, MANY = 10, 10_000
MESSAGES = 1_000


def main() -> None:
    """Messages of a line, of a paragraph, and as long as WhatsApp takes them."""
    random = Random(1)  # noqa: S311 - the same words every time
    vocabulary = ["".join(random.choices(LETTERS, k=random.randint(3, 9))) for _ in range(20_000)]
    few, many = (_firm(random, vocabulary, size) for size in (FEW, MANY))
    for words in (20, 120, 580):
        texts = [" ".join(random.choices(vocabulary, k=words)) for _ in range(MESSAGES)]
        small, large = _microseconds(few, texts), _microseconds(many, texts)
        ratio = median(large) / median(small)
        last = quantiles(large, n=100)[-1]
        say(
            f"{words:>4} words: {MANY:,} terms cost {ratio:.1f} times what {FEW} do;"
            f" {median(large):,.0f} µs, p99 {last:,.0f} µs"
        )


def _firm(random: Random, vocabulary: Sequence[str], size: int) -> Firm:
    """Terms of one to three of the words that the messages are made of, every third the beginning of a word."""
    terms = [" ".join(random.choices(vocabulary, k=random.randint(1, 3))) for _ in range(size)]
    marked = tuple(f"{term}*" if number % 3 == 0 else term for number, term in enumerate(terms))
    return Firm(1, Written(title="bench", lexicons=(Lexicon(name="bench", action="warn", terms=marked),)))


def _microseconds(firm: Firm, texts: Sequence[str]) -> list[float]:
    taken: list[float] = []
    for text in texts:
        began = perf_counter()
        firm.in_words(text, "out", None)
        taken.append((perf_counter() - began) * 1e6)
    return taken


if __name__ == "__main__":
    main()
