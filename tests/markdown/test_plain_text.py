"""What is read by rule is what is shown: words are counted alike in both."""

from __future__ import annotations

import re

import pytest

from neurotui.chat.letters import folded
from neurotui.markdown import parse
from neurotui.markdown.layout import laid_out
from neurotui.markdown.plain_text import shown_text
from tests.benchmarks.replies import reply
from tests.markdown.corpus import CORPUS

KNOWN = {
    "lines in cells": 2,
    "code in code": 4,
    "long code in code": 1,
    "notes and targets": 10,
    "no formulas": 1,
    "long paragraphs": 1,
    "hostile": 2,
}
"""Words that are counted otherwise: of what only a parser can tell."""


def hits(source: str, word: str) -> int:
    """The hits of a word in what is shown."""
    return sum(unit.count_hits(lambda text: ranges(word, folded(text))) for unit in laid_out(parse(source)))


def ranges(word: str, text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(re.escape(word), text)]


def words(source: str) -> list[str]:
    """The words of a text, and some pairs of them."""
    found = re.findall(r"\w+", folded(source))
    return sorted({*found, *map(" ".join, zip(found[::7], found[1::7], strict=False))})


@pytest.mark.parametrize("name", CORPUS)
def test_words_are_counted_in_the_source_as_they_are_shown(name: str) -> None:
    plain = folded(shown_text(CORPUS[name])[0])
    wrong = [
        word
        for word in words(CORPUS[name])
        if " " not in word and plain.count(word) != hits(CORPUS[name], word)
    ]
    assert len(wrong) <= KNOWN.get(name, 0), wrong


def test_a_reply_as_models_write_it_is_read_as_it_is_shown() -> None:
    source = "".join(reply(700))
    plain = folded(shown_text(source)[0])
    sought = [word for word in words(source) if len(word) > 1]
    assert len(sought) > 100
    assert [word for word in sought if len(ranges(word, plain)) != hits(source, word)] == []


def test_a_text_read_in_lines_is_the_text_read_at_once() -> None:
    source = "".join(reply(700)) + "\n```py\nopen = 1\n\n"
    made, fence = "", ""
    for line in source.splitlines(keepends=True):
        plain, fence = shown_text(line, fence)
        made += plain
    assert fence == "```"
    for word in ("event", "loop", "asyncio", "open", "client.stream", "очередь", "insert"):
        assert folded(made).count(word) == folded(shown_text(source)[0]).count(word) > 0


@pytest.mark.parametrize(
    "source",
    [
        "[" * 50_000,
        "`" * 50_001 + "a",
        "*_" * 50_000,
        "\n" * 50_000,
        "<a:" * 30_000,
        "$" * 50_001,
        "\\[" * 20_000,
        "![](" * 20_000,
        "- " * 50_000,
        " " * 50_000,
    ],
)
def test_hostile_texts_are_read_in_linear_time(source: str) -> None:
    from time import thread_time

    def seconds(text: str) -> float:
        started = thread_time()
        shown_text(text)
        return thread_time() - started

    assert seconds(source) < 2
