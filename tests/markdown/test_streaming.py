"""What streams looks like what came whole, however it was cut, and costs no more than what came."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.markdown import layout, parse, parser
from neurotui.markdown.blocks import Spans
from neurotui.markdown.document import Document
from neurotui.markdown.wrap import LaidOutLine
from neurotui.tui.message_list.markdown_stream import LINES as MOST_LINES
from neurotui.tui.message_list.markdown_stream import MarkdownStream
from tests.benchmarks.replies import BLOCKS, block, tokenized
from tests.markdown.corpus import CORPUS

WIDTH = 60
LONG = 2000
"""Characters from which a text is read after a fifth of its tokens; with --slow, after each."""

Picture = list[tuple[Spans, int, str | None, str]]


def picture(lines: list[LaidOutLine]) -> Picture:
    return [(line.spans, line.gutter, line.joint, line.fill) for line in lines]


def whole(source: str) -> Picture:
    return picture(layout.lines(parse(source), WIDTH))


def streamed(pieces: Iterator[str], rng: random.Random, reads: float = 1.0) -> Picture:
    """The lines of a text that came in `pieces`, some of them laid out on the way, a share of them read."""
    flow = MarkdownStream("")
    taken = ""
    for piece in pieces:
        flow.take(piece)
        taken += piece
        if reads == 1.0 or rng.random() < reads:
            flow.read(inf)
        if rng.random() < 0.3:
            for unit in flow.units:
                unit.lay_out(WIDTH)
    flow.end(taken)
    while flow.reading:
        flow.read(inf)
    return laid_out(flow)


def laid_out(flow: MarkdownStream) -> Picture:
    return picture([unit.line(at) for unit in flow.units for at in range(unit.lay_out(WIDTH))])


def cut(source: str, cuts: list[int]) -> Iterator[str]:
    for start, end in zip([0, *cuts], [*cuts, len(source)], strict=True):
        yield source[start:end]


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        *((name, 1.0 if len(source) < LONG else 0.2) for name, source in CORPUS.items()),
        *(pytest.param(name, 1.0, marks=pytest.mark.slow) for name in CORPUS if len(CORPUS[name]) >= LONG),
    ],
)
def test_token_by_token(name: str, reads: float) -> None:
    source = CORPUS[name]
    pieces = iter(tokenized(source))
    assert streamed(pieces, random.Random(1), reads) == whole("".join(tokenized(source)))


@pytest.mark.parametrize("name", CORPUS)
def test_at_random_cuts(name: str) -> None:
    source = CORPUS[name]
    rng = random.Random(2)
    expected = whole(source)
    for count in (1, 2, 5, 50):
        cuts = sorted(rng.choices(range(len(source) + 1), k=count))
        assert streamed(cut(source, cuts), rng) == expected, cuts


@pytest.mark.parametrize("name", [name for name, source in CORPUS.items() if len(source) < LONG])
def test_character_by_character(name: str) -> None:
    assert streamed(iter(CORPUS[name]), random.Random(3)) == whole(CORPUS[name])


@pytest.mark.parametrize("name", sorted(CORPUS.keys() - {"tables", "notes and targets", "long code in code"}))
def test_on_its_way_it_looks_like_what_came_at_once(name: str) -> None:
    """But for tables, whose columns stay as wide as they once had to be, for targets that come late, and for
    Markdown as code, which no lexer colours from where it stopped.
    """
    source, rng = CORPUS[name], random.Random(5)
    cuts = sorted(rng.choices(range(len(source) + 1), k=60))
    flow = MarkdownStream("")
    for end, piece in zip([*cuts, len(source)], cut(source, cuts), strict=True):
        flow.take(piece)
        flow.read(inf)
        if rng.random() < 0.3:
            at_once = MarkdownStream(source[:end])
            at_once.read(inf)
            assert laid_out(flow) == laid_out(at_once), end


LINES = [line for source in CORPUS.values() for line in source.split("\n") if len(line) < 300]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_any_lines_in_any_order(lines: list[str], rng: random.Random) -> None:
    source = "\n".join(lines)
    cuts = sorted(rng.choices(range(len(source) + 1), k=rng.choice([1, 4, 30])))
    assert streamed(cut(source, cuts), rng) == whole(source)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=30), st.randoms(use_true_random=True))
def test_a_great_many_lines_in_any_order(lines: list[str], rng: random.Random) -> None:
    source = "\n".join(lines)
    cuts = sorted(rng.choices(range(len(source) + 1), k=rng.choice([1, 4, 30, 200])))
    assert streamed(cut(source, cuts), rng) == whole(source)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet="ab \n*_`~[]()!#>-+=|:1.\\$<&;^\t\r\u0301\ud83d\ude00я日", max_size=60))
def test_any_text_at_all(source: str) -> None:
    assert streamed(iter(source), random.Random(4)) == whole(source)


UNLIKELY = {
    "empty lines": " \n",
    "lines of tabs": "\t" * 40 + "\n",
    "formula": "x^2 + y\n",
    "code in code": "```python\nx = 1\n```\n",
    "code in code in code": "```python\n",
    "blocks of code in code": "```markdown\n```python\nx = 1\n```\n```\n\n",
}
"""Lines that are repeated without end, after the opening that they need."""
OPENINGS = {"formula": "$$\n", "code in code": "```markdown\n", "code in code in code": "```markdown\n"}


@pytest.mark.parametrize("kind", [*BLOCKS, *UNLIKELY])
def test_a_long_block_costs_what_it_is_long(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the text is at most 2.3 times the characters that the parser reads."""
    read = 0
    block_tokens, inline_spans = parser.block_tokens, parser.inline_spans

    def counted_blocks(source: str, environment: parser.Environment) -> list[object]:
        nonlocal read
        read += len(source)
        return block_tokens(source, environment)  # type: ignore[return-value]

    def counted_spans(source: str, environment: parser.Environment, *, cell: bool = False) -> Spans:
        nonlocal read
        read += len(source)
        return inline_spans(source, environment, cell=cell)

    monkeypatch.setattr(parser, "block_tokens", counted_blocks)
    monkeypatch.setattr(parser, "inline_spans", counted_spans)
    costs = []
    for size in (2_500, 5_000):
        read = 0
        document = Document()
        line = UNLIKELY.get(kind, "")
        source = OPENINGS.get(kind, "") + line * (size // len(line)) if line else block(kind, size)
        for token in tokenized(source):
            document.feed(token)
            document.peek()
        costs.append(read)
    assert costs[1] <= 2.3 * costs[0]


@pytest.mark.parametrize("closing", ["", "~~~\n", "~~~\nEnd."])
@pytest.mark.parametrize("size", [1, 50, 4000])
def test_each_line_of_long_code_is_shown_once(size: int, closing: str) -> None:
    """Long code goes on in a unit of its own, and what the one before showed for the time being goes."""
    source = "~~~\n" + "".join(f"{line}\n" for line in range(600)) + closing
    cuts = list(range(size, len(source), size))
    assert streamed(cut(source, cuts), random.Random(6)) == whole(source)


def test_a_target_that_comes_after_its_use_is_found() -> None:
    document = Document()
    for character in "See [foo].\n\nMore.\n\n[foo]: https://foo.example\n":
        document.feed(character)
    document.finish()
    assert document.stale
    links = [span.link for line in layout.lines(parse("See [foo].\n\n[foo]: https://foo.example\n"), 60)
             for span in line.spans if span.link]  # fmt: skip
    assert links[0] == "https://foo.example"


def test_a_target_that_comes_after_its_use_in_a_table_is_found() -> None:
    source = "| a |\n|---|\n" + "| [foo] |\n" * 9 + "\nMore.\n\n[foo]: https://foo.example\n"
    assert streamed(iter(source), random.Random(7)) == whole(source)


@pytest.mark.parametrize("opening", ["(", '"', "'"])
def test_what_only_looked_like_a_title_loses_nothing(opening: str) -> None:
    """A title may stand on the line after its target, so that the paragraph there waits for its end."""
    document = Document()
    for line in ("[foo]: https://foo.example", f"{opening}one", "two", "three", "four", "", "-"):
        document.feed(f"{line}\n")
    document.finish()
    shown = [line.text for line in layout.lines(document.blocks, 60)]
    assert shown == ["[foo]: https://foo.example", f"{opening}one", "two", "three", "four", "", "• "]


def test_a_slice_has_few_lines() -> None:
    """Each may be a paragraph of its own, and costs as much as a long one."""
    flow = MarkdownStream("".join(f"*{number}*\n\n" for number in range(600)))
    read = []
    while flow.reading:
        flow.read(until=0.0)
        read.append(len(flow.units))
    steps = [after - before for before, after in pairwise([0, *read])]
    assert max(steps) <= MOST_LINES
    assert read[-1] == 600
