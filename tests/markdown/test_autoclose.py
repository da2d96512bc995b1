"""While an answer streams, nothing flickers: what is opened is shown as if it were closed."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from neurotui.markdown import layout
from neurotui.markdown.blocks import Block, Text
from neurotui.markdown.document import Document
from neurotui.markdown.paragraphs import autoclose
from tests.markdown.corpus import CORPUS


def frames(source: str) -> list[list[tuple[str, str]]]:
    """What is shown after each character: text and style."""
    document = Document()
    shown = []
    for character in source:
        document.feed(character)
        lines = layout.lines([*document.blocks, *document.peek()], 60)
        shown.append([(span.text, span.style) for line in lines for span in line.spans])
    return shown


def texts(source: str) -> list[str]:
    return ["".join(text for text, _ in frame) for frame in frames(source)]


@pytest.mark.parametrize(
    "source",
    [
        "This is **bold** and *thin* text.",
        "A `piece of code` and ~~nothing~~.",
        "***both*** and **a *b* c**",
        "- **item**: text\n- [ ] to do\n- [x] done\n",
        "1. one\n2. two\n",
        "# Heading\n\n> quote\n",
        "```python\nprint(1)\n```\n",
        "A line\n- item\n",
        "Text\n\n---\n",
    ],
)
def test_signs_are_never_seen(source: str) -> None:
    seen = "".join(texts(source))
    for sign in ("*", "`", "~", "#", ">", "[", "-"):
        assert sign not in seen, texts(source)


@pytest.mark.parametrize("source", ["5*3 = 15 and 2**10", "snake_case_name", "a * b", "x_1 and y_2", "~5"])
def test_what_is_no_sign_stays(source: str) -> None:
    seen = texts(source + " end")
    assert seen[-1] == source + " end"
    for before, after in pairwise(seen):
        assert after.startswith(before), (before, after)


@pytest.mark.parametrize(
    "source",
    [
        "1. **bold** text\n2. - nested\n",
        "- **bold**\n- `code`\n  1. *thin*\n",
        "> - # heading\n> - text\n",
        "````md\n```\n````\n",
        "~~~~ text\n~~~\n",
        "[foo]: https://foo.example 'Title'\nnext",
        "[Note]: this is no target\n",
        "[Note]: http://a.example is none either\n",
        "$$\n\\sum_{i=1}^{n} i = \\frac{1}{2}\n",
    ],
)
def test_what_is_shown_only_grows(source: str) -> None:
    for before, after in pairwise(texts(source)):
        assert after.startswith(before), (before, after)


def test_a_target_changes_what_leads_there_once() -> None:
    seen = list(
        dict.fromkeys(text.split("\n")[0][:9] for text in texts("A [b] c.\n\n[b]: https://b.example 'B'\n"))
    )
    assert seen[-2:] == ["A [b] c.", "A b (http"]


@pytest.mark.parametrize(
    ("source", "styles"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n", {"table-head"}),
        ("```python\ndef f():\n    return 1\n", {"code-label"}),
        ("**bold** text", {"strong"}),
        ("**never closed\n\nNext.\n", {"strong"}),
        ("Heading\n=======\n\ntext\n", {"heading1"}),
    ],
)
def test_nothing_changes_what_it_is_more_than_once(source: str, styles: set[str]) -> None:
    """The style is there or not: it comes, or goes, at most once."""
    present = [any(style in styles for _, style in frame) for frame in frames(source)]
    changes = sum(before != after for before, after in pairwise(present))
    assert changes <= 2 if source.startswith("**never") else changes <= 1


def kind(block: Block) -> tuple[object, ...]:
    """What a reader takes a block for."""
    level = block.level if isinstance(block, Text) else 0
    return type(block), level, [frame.marker + frame.bar for frame in block.frames]


@pytest.mark.parametrize("name", [name for name, source in CORPUS.items() if len(source) < 2000])
def test_no_block_becomes_something_else_more_often_than_once(name: str) -> None:
    document = Document()
    before: list[tuple[object, ...]] = []
    changes: Counter[int] = Counter()
    for character in CORPUS[name]:
        document.feed(character)
        blocks = [*document.blocks, *document.peek()]
        kinds = [kind(block) for block in blocks if not block.continues]
        for index, was in enumerate(before):
            changes[index] += index >= len(kinds) or kinds[index] != was
        before = kinds
    assert max(changes.values(), default=0) <= 1


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("plain", "plain"),
        ("**a", "**a**"),
        ("**a *b", "**a *b***"),
        ("**a*", "**a**"),
        ("`code", "`code`"),
        ("`**`", "`**`"),
        ("a `b` *c ", "a `b` *c*"),
        ("[text](http://exa", "[text](http://exa)"),
        (r"\*a", r"\*a"),
        ("a **", "a "),
        ("*a **b " * 20, "*a **b " * 20),
    ],
)
def test_what_is_open_is_closed(text: str, closed: str) -> None:
    assert autoclose(text) == closed
