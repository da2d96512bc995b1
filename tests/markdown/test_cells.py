"""Cells of tables with bars in them: on the screen and on the page, and nothing of them is lost."""

from __future__ import annotations

import re
from html import unescape
from time import perf_counter

import pytest

from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.markdown import parse
from neurotui.markdown.blocks import Table
from neurotui.transcripts import Format, render

HEAD = "| f | d |\n|---|---|\n"


def shown(source: str) -> list[str]:
    """The text of the cells of the first row, as the screen has them."""
    table = parse(source)[0]
    assert isinstance(table, Table)
    return ["".join(span.text for span in cell) for cell in table.rows[0]]


def exported(source: str) -> list[str]:
    asked = Message("q", Role.USER, "?", None, 1.0)
    answer = Message("a", Role.ASSISTANT, source, "q", 2.0)
    page = "".join(render(Conversation.of([asked, answer]), Format.HTML))
    return [unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<td[^>]*>(.*?)</td>", page)]


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("| $|x|$ | b |", ["|x|", "b"]),
        (r"| $\|x\|$ | b |", ["|x|", "b"]),
        ("a | $P(A|B)$", ["a", "P(A|B)"]),
        (r"| a | $$\|x|$$ |", ["a", "|x|"]),
        ("| `a || b` | or |", ["a || b", "or"]),
        ("| `` `|` `` | bar |", ["`|`", "bar"]),
        ("| $|x|$ | `|` |", ["|x|", "|"]),
        # it does not add up
        ("| a | b | c |", ["a", "b | c"]),
        ("| $|x|$ | b | c |", ["$", "x | $ | b | c"]),
        ("| $|x|$ |", ["$", "x | $"]),
        ("| `|x| | b |", ["`", "x |  | b"]),
        # prices, and what needs no bar
        ("| $5|$6 |", ["$5", "$6"]),
        ("| $5 | $6 | x |", ["$5", "$6 | x"]),
        ("| a |", ["a", ""]),
    ],
)
@pytest.mark.parametrize("container", ["", "> ", "- "])
def test_bars_within_cells(container: str, row: str, cells: list[str]) -> None:
    lines = (HEAD + row).split("\n")
    rest = "  " if container == "- " else container
    source = "\n".join([container + lines[0], *(rest + line for line in lines[1:])])
    assert shown(source) == exported(source) == cells


@pytest.mark.parametrize("row", ["`|" * 5000, "$|" * 5000, "`a``|" * 2000, "|" * 9999])
def test_a_row_of_bars_costs_little(row: str) -> None:
    plain = f"{HEAD}| {'a' * 9000} |\n"
    parse(plain)
    start = perf_counter()
    parse(HEAD + row + "\n")
    assert perf_counter() - start < 1.0
