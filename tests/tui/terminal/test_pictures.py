"""Pictures of an answer in a real terminal: as placeholders in kitty, as half blocks elsewhere."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from neurotui.app.attachments.raster import Raster
from neurotui.tui.terminal import graphics
from neurotui.tui.terminal.picture_query import may_ask
from neurotui.tui.terminal.sixel import sixels
from tests.chat.pictures import data_url, png_of
from tests.cli.test_received import DONE, STOP, chunk, stream
from tests.servers import Server
from tests.terminal import Terminal
from tests.test_main_job import ask, launch

RED, BLUE = (200, 30, 40), (20, 40, 220)
PICTURE = png_of([[RED] * 12] * 4 + [[BLUE] * 12] * 4)
ANSWER = stream(chunk("See:", images=[{"image_url": {"url": data_url(PICTURE)}}]), STOP, DONE)

TRUE_COLOR = {"COLORTERM": "truecolor"}
_SIXELS = re.compile(rb"\x1b7\x1b\[(\d+;\d+)H\x1bP0;1q([^\x1b]*)\x1b\\\x1b8")
_COMMAND = re.compile(rb"\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\")


def told(terminal: Terminal) -> list[tuple[dict[str, str], bytes]]:
    """The commands of kitty's protocol that the program wrote: their keys, and the data."""
    return [
        (dict(pair.split("=") for pair in keys.decode().split(",")), data)
        for keys, data in _COMMAND.findall(bytes(terminal.output))
    ]


@pytest.mark.parametrize("name", ["kitty(0.41.1)", "ghostty 1.2.0"])
def test_a_terminal_that_draws_pictures_gets_placeholders(tmp_path: Path, name: str) -> None:
    with (
        Server(ANSWER) as server,
        launch(server, tmp_path, called=name, environment=environment(server)) as terminal,
    ):
        ask(terminal, "draw")
        terminal.wait_for("▣ picture · 12×8 · PNG")
        terminal.wait_for(lambda: "\U0010eeee".encode() in terminal.output)
        assert "▀" not in terminal.text
        question, *pieces = told(terminal)
        assert question[0]["a"] == "q"
        first, data = pieces[-1]
        assert (first["a"], first["U"], first["f"], first["q"]) == ("T", "1", "100", "2")
        assert (first["c"], first["r"]) == ("12", "4")
        number = int(first["i"])
        assert base64.b64decode(data).startswith(b"\x89PNG\r\n\x1a\n")
        color = f"38;2;{number >> 16 & 255};{number >> 8 & 255};{number & 255}"
        output = terminal.output.decode()
        assert color in output
        marks = [mark + second for mark in "\u0305\u030d\u030e\u0310" for second in "\u0305\u030d"]
        assert all(f"\U0010eeee{pair}" in output for pair in marks)
        assert output.index("\x1b_Ga=T") < output.index("\U0010eeee"), "the picture comes first"
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
        forgotten = {keys["i"] for keys, _ in told(terminal) if keys["a"] == "d"}
        assert str(number) in forgotten


def test_another_terminal_gets_half_blocks_and_no_command(tmp_path: Path) -> None:
    with (
        Server(ANSWER) as server,
        launch(server, tmp_path, called="XTerm(390)", environment=environment(server)) as terminal,
    ):
        ask(terminal, "draw")
        terminal.wait_for("▀" * 12)
        assert b"\x1b[>q" in terminal.output
        assert b"\x1b_G" not in terminal.output
        assert b"38;2;200;30;40" in terminal.output and b"48;2;20;40;220" in terminal.output


def test_the_full_view_is_drawn_as_sixels_where_the_terminal_knows_them(tmp_path: Path) -> None:
    with Server(ANSWER) as server, launch(server, tmp_path, sixel=True) as terminal:
        ask(terminal, "draw")
        terminal.wait_for("▀" * 12)
        assert b"\x1bP" not in terminal.output, "half blocks in the conversation"
        terminal.press("tab")
        terminal.wait_for("open")
        terminal.press("enter")
        terminal.wait_for(lambda: b"\x1bP0;1q" in terminal.output)
        place, sixels = re.findall(rb"\x1b7\x1b\[(\d+;\d+)H\x1bP0;1q([^\x1b]*)\x1b\\\x1b8", terminal.output)[
            -1
        ]
        assert place == b"12;40", "in the middle"
        assert sixels.startswith(b'"1;1;12;8#')
        assert "▀" not in terminal.text
        terminal.press("escape")
        terminal.wait_for("▀" * 12)


def test_sixels_are_the_pixels_of_the_picture() -> None:
    pixels = [[(255 * (x % 2), 51 * y, 255 * (x > 4)) for x in range(11)] for y in range(5)]
    made = sixels(Raster(11, 5, bytes(value for row in pixels for pixel in row for value in pixel)))
    head, body = made.removeprefix('\x1bP0;1q"1;1;11;5').removesuffix("\x1b\\").split("#0", 1)
    assert head == ""
    colors = dict(re.findall(r"#(\d+);2;([\d;]+)", "#0" + body))
    found: list[list[object]] = [[None] * 11 for _ in range(5)]
    for color, signs in re.findall(
        r"#(\d+)([?-~!\d]+)(?=[$#]|\Z)", re.sub(r"#\d+;2;[\d;]+", "", "#0" + body)
    ):
        long = re.sub(r"!(\d+)(.)", lambda match: match[2] * int(match[1]), signs)
        for x, sign in enumerate(long):
            for y in range(5):
                if (ord(sign) - 63) >> y & 1:
                    found[y][x] = tuple(round(int(value) * 2.55) for value in colors[color].split(";"))
    assert found == [[tuple(pixel) for pixel in row] for row in pixels]


def test_replies_are_not_typed_however_late(tmp_path: Path) -> None:
    with Server(ANSWER) as server, launch(server, tmp_path, environment=environment(server)) as terminal:
        terminal.wait_for("Message")
        terminal.send(b"\x1bP>|kitty(0.41.1)\x1b\\")
        terminal.wait_for(lambda: b"a=q" in terminal.output)
        terminal.send(b"\x1b_Gi=4674;OK\x1b\\x")
        terminal.wait_for("│ x")
        assert "kitty" not in terminal.text and "4674" not in terminal.text


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "tmux-256color"}, False),
        ({"TERM": "screen"}, False),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, False),
        ({"TERM": "xterm", "STY": "1.x"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_only_the_terminal_itself_is_asked(environ: dict[str, str], asked: bool) -> None:
    assert may_ask(environ) is asked


def test_each_mark_takes_no_cell() -> None:
    assert len(set(graphics._MARKS)) == graphics.MOST_CELLS
    for mark in graphics._MARKS:
        assert cell_len(f"{graphics.PLACEHOLDER}{mark}{mark}") == 1, ascii(mark)


def environment(server: Server) -> dict[str, str]:
    """The variables of a terminal of all colours."""
    return TRUE_COLOR | {"NEUROTUI_BASE_URL": server.url}
