"""The terminal's background: what its replies mean, and the theme that comes of it in a real terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from neurotui.tui.terminal import background
from neurotui.tui.terminal.background import ASK, FOLLOW, BackgroundReplies, is_dark, likely_dark
from neurotui.tui.terminal.sequences import Sequences
from tests.measuring import Late, measured
from tests.terminal import NEUROTUI, Terminal
from tests.tmux import tmux_server

BLACK, WHITE = "rgb:0000/0000/0000", "rgb:ffff/ffff/ffff"
DARK_GROUND, LIGHT_GROUND = "16181c", "fbfaf7"
END = "\x1b[?62;22c"


def reply(color: str) -> str:
    return f"\x1b]11;{color}\x1b\\"


@pytest.mark.parametrize(
    ("color", "dark"),
    [
        ("rgb:1e1e/2020/2e2e", True),
        ("rgb:1e/20/2e", True),
        ("rgb:f/f/f", False),
        ("rgb:fff/fff/fff", False),
        ("rgb:FDFD/F6F6/E3E3", False),
        ("rgba:0000/0000/0000/ffff", True),
        ("rgba:ffff/ffff/ffff/8000", False),
        ("#1e202e", True),
        ("#fff", False),
        ("#ffffffffffff", False),
        ("rgb:00/ff/00", False),
        ("rgb:00/00/ff", True),
        ("", None),
        ("rgb:", None),
        ("rgb:ffff/ffff", None),
        ("rgb:fffff/ffff/ffff", None),
        ("rgb:ffff/ffff/ffff/ffff", None),
        ("rgba:ffff/ffff/ffff", None),
        ("rgb:gggg/0000/0000", None),
        ("rgb:-1/0000/0000", None),
        ("rgb:٣/0/0", None),
        ("#ffff", None),
        ("#" + "f" * 15, None),
        ("?", None),
        ("white", None),
    ],
)
def test_a_colour_is_dark_light_or_none(color: str, dark: bool | None) -> None:
    assert is_dark(color) is dark


@pytest.mark.parametrize(
    ("environ", "dark"),
    [
        ({}, True),
        ({"COLORFGBG": "15;0"}, True),
        ({"COLORFGBG": "0;15"}, False),
        ({"COLORFGBG": "0;default;7"}, False),
        ({"COLORFGBG": "default;default"}, True),
        ({"COLORFGBG": "0;²"}, True),
    ],
)
def test_the_environment_tells_it_where_nothing_else_does(environ: Mapping[str, str], dark: bool) -> None:
    assert likely_dark(None, {"TERM": "xterm", **environ}) is dark


def test_what_is_remembered_goes_before_but_not_for_a_terminal_that_cannot_be_asked(tmp_path: Path) -> None:
    background.remember(tmp_path, False)
    assert not likely_dark(tmp_path, {"TERM": "xterm", "COLORFGBG": "15;0"})
    assert likely_dark(tmp_path, {"TERM": "linux"})


class Asked:
    """The questions that were written, and what was told of the replies, however they were torn."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.told: list[bool] = []
        self.replies = BackgroundReplies(self.written.append, self.told.append)
        self.replies.ask()

    def hear(self, *replies: str) -> list[bool]:
        for each in replies:
            self.replies.read(each)
        return self.told


def test_a_terminal_that_answers_is_believed() -> None:
    assert Asked().hear(reply(WHITE), END) == [False]


def test_one_that_answers_only_the_other_question_does_not_say() -> None:
    assert Asked().hear(END) == []


@pytest.mark.parametrize("color", ["rgb:fffff/0/0", "rgba:1/2/3", "x" * 5000, "rgb:٣/٣/٣"])
def test_a_reply_that_is_no_colour_is_none(color: str) -> None:
    assert Asked().hear(reply(color), END) == []


def test_a_late_answer_counts() -> None:
    assert Asked().hear(END, reply(WHITE)) == [False]


def test_what_nobody_asked_for_tells_nothing() -> None:
    asked = Asked()
    assert asked.hear(END, END, END, "\x1b[?1;1n", "\x1b]10;rgb:0/0/0\x07") == []


def test_a_change_is_asked_about_once_whatever_comes_meanwhile() -> None:
    asked = Asked()
    asked.hear(reply(BLACK), END, *["\x1b[?997;2n"] * 100)
    assert asked.written == [ASK, ASK]
    asked.hear(reply(BLACK), END)  # of the time before the last change, perhaps
    assert asked.written == [ASK, ASK, ASK]
    assert asked.hear(reply(WHITE), END) == [True, True, False]
    assert len(asked.written) == 3


def test_the_word_of_a_terminal_counts_if_it_does_not_answer() -> None:
    asked = Asked()
    assert asked.hear(END, "\x1b[?997;2n", END) == [False]


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 100])
def test_replies_are_read_however_they_are_torn(piece: int) -> None:
    replies: list[str] = []
    sequences = Sequences(replies.append)
    text = f"{reply(WHITE)}{END}\x1b[?997;1n"
    keys: list[str] = []
    for number, at in enumerate(range(0, len(text), piece)):
        keys += sequences.cut(text[at : at + piece], number * 0.001)[0]
    assert (replies, keys) == ([reply(WHITE), END, "\x1b[?997;1n"], [])


def test_it_is_remembered(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    assert background.remembered(folder) is None
    for dark in (False, True):
        background.remember(folder, dark)
        assert background.remembered(folder) is dark


@pytest.mark.parametrize("content", [b"", b"grey\n", b"\xff\xfe", b"dark" * 9])
def test_what_cannot_be_read_is_not_remembered(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "background").write_bytes(content)
    assert background.remembered(tmp_path) is None


def test_a_folder_that_takes_nothing_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    background.remember(tmp_path / "file", True)
    background.remember(None, True)


# In a terminal


def start(home: Path, background: str = "", environment: Mapping[str, str] | None = None) -> Terminal:
    return Terminal(
        [*NEUROTUI, "--demo", "--lang", "en"], home=home, background=background, environment=environment
    )


def ground(terminal: Terminal) -> str:
    return terminal.cells[0][0].bg


def wait_for_ground(terminal: Terminal, color: str) -> None:
    terminal.wait_for("help")
    terminal.wait_for(lambda: ground(terminal) == color)


def drawn_in(terminal: Terminal, color: str) -> bool:
    """True if anything was ever drawn on this colour."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (0, 2, 4))
    return b"48;2;%d;%d;%d" % (red, green, blue) in terminal.output


@pytest.mark.parametrize(
    ("color", "is_shown", "is_not"), [(BLACK, DARK_GROUND, LIGHT_GROUND), (WHITE, LIGHT_GROUND, DARK_GROUND)]
)
@measured
def test_the_first_picture_goes_with_the_terminal(
    tmp_path_factory: pytest.TempPathFactory, color: str, is_shown: str, is_not: str
) -> None:
    with start(tmp_path_factory.mktemp("home"), color) as terminal:
        wait_for_ground(terminal, is_shown)
        terminal.wait_until_quiet()
        if drawn_in(terminal, is_not):
            raise Late("the terminal has answered behind the first picture")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
        assert not terminal.left_behind


def test_the_background_of_last_time_holds_until_a_late_reply(tmp_path: Path) -> None:
    with start(tmp_path, WHITE) as terminal:
        wait_for_ground(terminal, LIGHT_GROUND)
        terminal.press("ctrl+q")
        terminal.wait_for_exit()
    with start(tmp_path, "rgb:fffff/0/0") as terminal:  # no colour, so that it does not say
        wait_for_ground(terminal, LIGHT_GROUND)
        terminal.wait_until_quiet()
        assert not drawn_in(terminal, DARK_GROUND)
        terminal.send(reply(BLACK).encode())
        wait_for_ground(terminal, DARK_GROUND)
        assert "rgb" not in terminal.text


def test_a_reply_that_is_late_is_no_text_and_changes_the_theme_once(tmp_path: Path) -> None:
    with start(tmp_path) as terminal:
        wait_for_ground(terminal, DARK_GROUND)
        terminal.type("a")
        torn = reply(WHITE).encode()
        terminal.send(torn[:9])
        terminal.wait_until_quiet(0.2)  # longer than a sequence is waited for
        terminal.send(torn[9:])
        wait_for_ground(terminal, LIGHT_GROUND)
        terminal.type("b")
        terminal.wait_for("ab")
        assert "rgb" not in terminal.text and "ffff" not in terminal.text


def test_it_follows_while_it_runs_and_costs_nothing_at_rest(tmp_path: Path) -> None:
    with start(tmp_path, BLACK) as terminal:
        wait_for_ground(terminal, DARK_GROUND)
        assert FOLLOW.encode() in terminal.output
        for color, shown, word in ((WHITE, LIGHT_GROUND, b"2"), (BLACK, DARK_GROUND, b"1")):
            terminal.background = color
            terminal.send(b"\x1b[?997;%bn" % word)
            wait_for_ground(terminal, shown)
        terminal.wait_until_quiet()
        before = len(terminal.output)
        terminal.wait_until_quiet(1.0)
        assert len(terminal.output) == before


def test_a_theme_that_is_named_wins(tmp_path: Path) -> None:
    config = tmp_path / ".config" / "neurotui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('theme = "neurotui-dark"\n')
    with start(tmp_path, WHITE) as terminal:
        wait_for_ground(terminal, DARK_GROUND)
        terminal.wait_until_quiet()
        terminal.send(b"\x1b[?997;2n" + reply(WHITE).encode())
        terminal.wait_until_quiet()
        assert ground(terminal) == DARK_GROUND
        assert b"\x1b]11;" not in terminal.output


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1"}, {"TERM": "linux", "COLORTERM": ""}], ids=["NO_COLOR", "console"]
)
def test_where_it_is_of_no_use_nothing_is_asked(tmp_path: Path, environment: Mapping[str, str]) -> None:
    with start(tmp_path, WHITE, environment) as terminal:
        terminal.wait_for("help")
        terminal.wait_until_quiet()
        assert b"\x1b]11;" not in terminal.output and b"2031" not in terminal.output


@pytest.mark.parametrize("color", [BLACK, WHITE])
def test_a_terminal_of_sixteen_colours_keeps_its_own(tmp_path: Path, color: str) -> None:
    with start(tmp_path, color, {"TERM": "xterm", "COLORTERM": ""}) as terminal:
        terminal.wait_for("help")
        terminal.wait_until_quiet()
        assert ground(terminal) == "default"
        assert b";2;22;24;28" not in terminal.output and b"38;5;" not in terminal.output


@pytest.mark.parametrize("passthrough", ["off", "on"])
@pytest.mark.parametrize(("style", "is_light"), [("bg=#ffffff", True), ("bg=#000000", False), ("", False)])
def test_in_tmux_its_window_counts_and_nothing_of_a_reply_is_typed(
    tmp_path: Path, style: str, is_light: bool, passthrough: str
) -> None:
    """Without a style, tmux before 3.4 does not know, and does not answer."""
    options = f"set -g default-terminal tmux-256color\nset -g allow-passthrough {passthrough}\n"
    options += f"set -g window-style '{style}'\n"
    (tmp_path / "tmux.conf").write_text(options + "set -ga terminal-features ',xterm-256color:RGB'\n")
    with tmux_server(tmp_path) as tmux:
        command = [*tmux.command[:-1], str(tmp_path / "tmux.conf"), "new-session", *NEUROTUI, "--demo"]
        with Terminal(command, home=tmp_path) as terminal:
            wait_for_ground(terminal, LIGHT_GROUND if is_light else DARK_GROUND)
            terminal.type("abc")
            terminal.wait_for("abc")
            assert not any(rest in terminal.text for rest in ("rgb", "]11", "997", "62;"))
