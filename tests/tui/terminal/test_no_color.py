"""NO_COLOR: no colour reaches the terminal, and what colours tell is told all the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.color import Color
from rich.style import Style

from neurotui.tui.terminal.no_color import without_color
from tests.cli.asking import KEY
from tests.servers import Server, answer
from tests.terminal import NEUROTUI, Terminal

ATTRIBUTES = {"0", "1", "2", "3", "4", "7", "9", ""}
"""Of SGR: reset, bold, dim, italic, underlined, reversed, struck."""


def test_the_whole_program_draws_without_colours(tmp_path: Path) -> None:
    environment = {"NO_COLOR": "1", "COLORTERM": "truecolor", "NEUROTUI_API_KEY": KEY}
    said = answer("# A title\n\n**Bold**, `code` and a [link](https://a.example)\n\n```py\nx = 'y'\n```\n")
    with (
        Server(said) as server,
        Terminal([*NEUROTUI, "--base-url", server.url], home=tmp_path, environment=environment) as terminal,
    ):
        terminal.wait_for("Message")
        terminal.type("a question")
        terminal.press("enter")
        terminal.wait_for(" tok · ")
        terminal.press("ctrl+p")
        terminal.wait_for("Begin a new conversation")
        terminal.press("escape", "f1")
        terminal.wait_for("Keys and commands")
        terminal.press("escape", "ctrl+q")
        terminal.wait_for_exit()
        output = bytes(terminal.output).decode()
    used = {code for found in re.findall(r"\x1b\[([\d;:]*)m", output) for code in found.split(";")}
    assert {"1", "2", "7"} <= used <= ATTRIBUTES


AROUND = Color.parse("#16181c")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (Style(color="#d8d6d0", bgcolor="#16181c"), Style()),
        (Style(color="#7f7f7f", bgcolor="#16181c"), Style(dim=True)),
        (Style(color="#16181c", bgcolor="#d8d6d0"), Style(reverse=True)),
        (Style(color="#d8d6d0", bgcolor="#16181c", reverse=True), Style(reverse=True)),
        (Style(color="#d8d6d0", bgcolor="#2e2e2e", bold=True), Style(bold=True, reverse=True)),
        (Style(color="red"), Style()),
        (Style(color="red", reverse=True), Style(reverse=True)),
    ],
)
def test_brightness_becomes_dim_or_reversed_text(style: Style, expected: Style) -> None:
    made = without_color(style, AROUND)
    assert (made.color, made.bgcolor) == (None, None)
    for word in ("bold", "dim", "reverse", "underline"):
        assert bool(getattr(made, word)) == bool(getattr(expected, word))
