"""What terminals send for keys, and of themselves, to the whole program."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.measuring import in_time, measured
from tests.servers import Server, answer
from tests.terminal import NEUROTUI, Terminal

NEW_LINES = {
    "alt+enter": b"\x1b\r",
    "alt+linefeed": b"\x1b\n",
    "modifyOtherKeys shift": b"\x1b[27;2;13~",
    "modifyOtherKeys ctrl": b"\x1b[27;5;13~",
    "modifyOtherKeys alt": b"\x1b[27;3;13~",
    "modifyOtherKeys ctrl+shift": b"\x1b[27;6;13~",
    "kitty shift": b"\x1b[13;2u",
    "kitty ctrl": b"\x1b[13;5u",
    "kitty alt": b"\x1b[13;3u",
    "keypad": b"\x1b[57414;2u",
    "vs code": b"\\\r\n",
}
REPLIES = (
    b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\", b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07", b"\x1b[?62;22;52c",
    b"\x1b[>41;390;0c", b"\x1b[?2026;2$y", b"\x1b[5;10R", b"\x1b[1;1R", b"\x1bP>|XTerm(390)\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\", b"\x1b[?1u", b"\x1b^private\x1b\\", b"\x1bXstring\x1b\\", b"\x9b?62;22;52c",
    b"\x9d11;rgb:1e/1e/2e\x9c", b"\x90>|XTerm(390)\x9c", b"\x1b[?997;1n", b"\x1b[8;24;80t", b"\x1b[99~",
)  # fmt: skip

ESCAPE_DELAY = 0.09
"""Seconds from which an ESC over a slow link may be taken for the key: later would be another test."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer("Ответ.")) as server:
        yield server


@pytest.fixture
def slow() -> Iterator[Server]:
    """A server whose answer goes on until it is stopped."""
    with Server(answer(*(f"слово{number} " for number in range(100_000)), pace=0.02)) as server:
        yield server


def launch(
    server: Server,
    home: Path,
    variables: dict[str, str] | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    kitty: bool = False,
) -> Terminal:
    """The program at this server, with these variables, and nothing left of an attempt before."""
    server.requests.clear()
    home = Path(mkdtemp(dir=home))
    own = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": "sk-0123456789abcdef01234567"}
    environment = own | (variables or {})
    terminal = Terminal(
        [*NEUROTUI, "--lang", "en"], home=home, size=size, kitty=kitty, environment=environment
    )
    terminal.wait_for("ready")
    return terminal


def sent(server: Server, number: int = 0) -> str:
    """The question of a request, when it has come."""
    server.wait(lambda: len(server.chats) > number)
    content = server.chats[number].json["messages"][-1]["content"]
    assert isinstance(content, str)
    return content


def stream(slow: Server, home: Path, variables: dict[str, str] | None = None) -> Terminal:
    terminal = launch(slow, home, variables)
    terminal.type("hi\n")
    terminal.wait_for("слово3")
    return terminal


def tear(terminal: Terminal, first: bytes, pause: float, rest: bytes) -> None:
    """Send `rest` `pause` seconds behind `first`, as a link does; late is a machine that was busy."""
    sent_at = terminal.send(first)
    time.sleep(pause)
    apart = terminal.send(rest) - sent_at
    if first == b"\x1b":
        in_time(apart, ESCAPE_DELAY)


def words(terminal: Terminal) -> int:
    """How many words of the endless answer have been drawn."""
    return terminal.output.count("слово".encode())


class TestNewLine:
    def test_every_way_makes_one_line_and_sends_nothing(self, server: Server, tmp_path: Path) -> None:
        with launch(server, tmp_path) as terminal:
            expected = "start"
            terminal.type("start")
            for number, keys in enumerate(NEW_LINES.values()):
                terminal.send(keys)
                terminal.type(f"line{number}")
                terminal.wait_for(f"line{number}")
                expected += f"\nline{number}"
            terminal.press("enter")
            assert sent(server) == expected

    @measured
    def test_alt_enter_is_one_though_the_link_tears_it(self, server: Server, tmp_path: Path) -> None:
        with launch(server, tmp_path, {"SSH_CONNECTION": "1"}) as terminal:
            terminal.type("one")
            tear(terminal, b"\x1b", 0.03, b"\r")
            terminal.type("two")
            terminal.wait_for("two")
            terminal.press("enter")
            assert sent(server) == "one\ntwo"

    def test_while_an_answer_comes_it_neither_stops_nor_sends(self, slow: Server, tmp_path: Path) -> None:
        with stream(slow, tmp_path) as terminal:
            terminal.type("one")
            terminal.send(b"\x1b\r")
            terminal.type("two")
            terminal.wait_for("two")
            seen = words(terminal)
            terminal.wait_for(lambda: words(terminal) > seen)
            assert slow.open
            terminal.press("escape")
            terminal.wait_for("stopped by you")
            terminal.press("ctrl+end", "!", "enter")
            assert sent(slow, 1) == "one\ntwo!"


class TestSlowLink:
    @measured
    @pytest.mark.parametrize("variable", ["SSH_CONNECTION", "SSH_TTY"])
    def test_a_torn_wheel_report_stops_no_answer(self, slow: Server, tmp_path: Path, variable: str) -> None:
        with stream(slow, tmp_path, {variable: "1"}) as terminal:
            for rest in (b"[<64;20;5M", b"[<65;20;5M", b"[I", b"[A", b"[B"):
                tear(terminal, b"\x1b", 0.06, rest)
            terminal.type("typed")
            terminal.wait_for("typed")
            terminal.press("end")
            seen = words(terminal)
            terminal.wait_for(lambda: words(terminal) > seen)
            assert slow.open
            terminal.press("escape")
            terminal.wait_for("stopped by you")

    def test_the_rest_is_not_typed_where_escape_was_taken(self, slow: Server, tmp_path: Path) -> None:
        with stream(slow, tmp_path) as terminal:
            terminal.send(b"\x1b")
            terminal.wait_for("stopped by you")
            terminal.send(b"[<64;20;5M")
            terminal.type("typed")
            terminal.wait_for("typed")
            assert "64;20" not in terminal.text

    def test_a_torn_mouse_report_is_not_typed(self, server: Server, tmp_path: Path) -> None:
        with launch(server, tmp_path) as terminal:
            for cut in (3, 5, 9, 10):
                report = b"\x1b[<35;20;5M"
                terminal.send(report[:cut])
                time.sleep(0.3)
                terminal.send(report[cut:])
            terminal.type("typed\n")
            assert sent(server) == "typed"


class TestReplies:
    def test_they_are_not_typed_into_a_message(self, server: Server, tmp_path: Path) -> None:
        with launch(server, tmp_path) as terminal:
            terminal.type("a")
            for reply in REPLIES:
                terminal.send(reply)
                terminal.wait_until_quiet(0.1)  # what it asks then is not answered within the next reply
                middle = len(reply) // 2
                terminal.send(reply[:middle])
                time.sleep(0.15)
                terminal.send(reply[middle:])
            terminal.type("b\n")
            assert sent(server) == "ab"
            assert "Prompt and parameters" not in terminal.text

    def test_they_are_not_typed_into_the_field_of_the_key(self, tmp_path: Path) -> None:
        with Terminal([*NEUROTUI, "--lang", "en"], home=tmp_path) as terminal:
            terminal.wait_for("Welcome to neurotui")
            terminal.wait_until_quiet()
            for reply in REPLIES:
                terminal.send(reply)
            terminal.wait_until_quiet()
            assert "•" not in terminal.text
            terminal.type("z")
            terminal.wait_for("•")

    @pytest.mark.parametrize("begun", [b"\x1b]11;", b"\x1bP>|", b"\x1b^"])
    def test_one_without_an_end_lets_type_again(self, server: Server, tmp_path: Path, begun: bytes) -> None:
        with launch(server, tmp_path) as terminal:
            terminal.send(begun + b"x" * 3_000)  # all of it at once, whoever else computes
            terminal.wait_until_quiet()
            time.sleep(1.1)
            terminal.type("typed\n")
            assert sent(server) == "typed"

    @pytest.mark.parametrize("key", [b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b^", b"\x1bX", b"\x1b[", b"\x1bO"])
    def test_alt_with_what_begins_one_is_a_key(self, server: Server, tmp_path: Path, key: bytes) -> None:
        with launch(server, tmp_path) as terminal:
            terminal.send(key)
            time.sleep(0.2)
            for letter in "hello":
                terminal.type(letter)
                time.sleep(0.05)
            terminal.press("enter")
            assert sent(server) == "hello"


@pytest.mark.parametrize("form", ["\x1b[{}u", "\x1b[{};;{}u"])
def test_the_keypad_types(server: Server, tmp_path: Path, form: str) -> None:
    keypad = "0123456789./*-+"
    with launch(server, tmp_path, kitty=True) as terminal:
        for number, character in enumerate(keypad, 57399):
            terminal.send(form.format(number, ord(character)).encode())
        terminal.send(b"\x1b[57415u\x1b[57416u\x1b[57427u\x1b[57417u\x1b[57400u\x1b[57414u")
        assert sent(server) == keypad + "=1,"


class TestSize:
    @pytest.mark.parametrize(
        "variables",
        [
            {"COLUMNS": "80", "LINES": "24"}, {"COLUMNS": "80"}, {"LINES": "10"},
            {"COLUMNS": "nonsense", "LINES": "-4"}, {"COLUMNS": "0", "LINES": "99999999"},
        ],
    )  # fmt: skip
    def test_it_is_the_terminals_own(self, server: Server, tmp_path: Path, variables: dict[str, str]) -> None:
        with launch(server, tmp_path, variables, size=(120, 40)) as terminal:
            terminal.wait_for(lambda: fills(terminal, 120, 40))
            terminal.resize(100, 30)
            terminal.wait_for(lambda: fills(terminal, 100, 30))
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0


def fills(terminal: Terminal, columns: int, rows: int) -> bool:
    """True if the input and the bar below it stand at the edges of the screen."""
    frame, bar = terminal.lines[rows - 2], terminal.lines[rows - 1]
    return "F1 help" in bar and frame.endswith("╯") and len(frame) > columns - 4


@pytest.mark.sample("kitty")
@pytest.mark.parametrize("sign", ["👍🏽", "👨‍👩‍👧‍👦", "🇷🇺", "⚠️", "и\u0306", "e\u0301"])
@pytest.mark.parametrize("kitty", [False, True])
def test_backspace_takes_a_whole_sign(server: Server, tmp_path: Path, sign: str, kitty: bool) -> None:
    with launch(server, tmp_path, kitty=kitty) as terminal:
        terminal.send(f"a{sign}b".encode())
        terminal.press("left", "backspace", "x", "left", "left", "delete", "end", "enter")
        assert sent(server) == "xb"


def test_a_family_is_sent_as_it_was_typed(server: Server, tmp_path: Path) -> None:
    family = "👨‍👩‍👧‍👦"
    with launch(server, tmp_path, kitty=True) as terminal:
        terminal.send(f"{family} ".encode())
        terminal.send(f"\x1b[0;;{':'.join(str(ord(letter)) for letter in family)}u\r".encode())
        assert sent(server) == f"{family} {family}"


def test_an_emoji_in_a_table_shifts_nothing(tmp_path: Path) -> None:
    table = "| a | b |\n|---|---|\n| ⚠️ | one |\n| 👍🏽 | two |\n| x | three |\n| 👨‍👩‍👧 | four |\n"
    with Server(answer(table)) as server, launch(server, tmp_path) as terminal:
        terminal.type("hi\n")
        terminal.wait_for("four")
        columns = {column(terminal, word) for word in ("one", "two", "three", "four")}
        assert len(columns) == 1, terminal.picture()


def column(terminal: Terminal, word: str) -> int:
    """The column of the screen where a word begins: an emoji is one cell's text."""
    for row in terminal.cells:
        cells = [cell.data for cell in row]
        for x in range(len(cells)):
            if "".join(cells[x : x + len(word)]) == word:
                return x
    raise AssertionError(f"{word}\n{terminal.picture()}")


@pytest.mark.parametrize("kitty", [False, True])
def test_letters_work_with_shift_and_on_both_layouts(server: Server, tmp_path: Path, kitty: bool) -> None:
    with launch(server, tmp_path, kitty=kitty) as terminal:
        terminal.type("hi\n")
        terminal.wait_for(" tok · ")
        terminal.press("tab")
        terminal.wait_for(lambda: "Ctrl+J" not in terminal.text)
        for up, down in (("k", "j"), ("K", "J"), ("л", "о"), ("Л", "О")):
            terminal.press(up, up)
            terminal.wait_for("▌▍")
            terminal.press(down, down)
            terminal.wait_for(lambda: "▌▍" not in terminal.text)
        terminal.press("K", "C")
        terminal.wait_for("Ответ.")
        server.scripts = [answer("Другой.")]
        terminal.press("R", "R")
        terminal.wait_for("Другой.")


@measured
@pytest.mark.parametrize("seed", range(2))
def test_torn_at_random_over_a_slow_link(slow: Server, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    typed = ""
    with stream(slow, tmp_path, {"SSH_CONNECTION": "1"}) as terminal:
        for _ in range(25):
            sign = chance.choice(["a", "й", "7", "👍🏽", ""])
            typed += sign
            data = sign.encode() or chance.choice([*REPLIES, b"\x1b[<65;20;5M", b"\x1b[I", b"\x1b[O"])
            cut = chance.randrange(len(data))
            pause = chance.uniform(0, 0.04) if cut < 3 else chance.uniform(0, 0.2)
            tear(terminal, data[:cut], pause, data[cut:])
            time.sleep(0.04)
        assert slow.open
        terminal.press("ctrl+c")
        terminal.wait_for("stopped by you")
        terminal.press("end", "!", "enter")
        assert sent(slow, 1) == f"{typed}!"


@pytest.mark.parametrize("mouse", [True, False])
def test_the_mouse_can_be_left_to_the_terminal(server: Server, tmp_path: Path, mouse: bool) -> None:
    folder = tmp_path / "neurotui"
    folder.mkdir()
    (folder / "config.toml").write_text(f"mouse = {str(mouse).lower()}\n")
    with launch(server, tmp_path, {"XDG_CONFIG_HOME": str(tmp_path)}) as terminal:
        assert (b"\x1b[?1000h" in terminal.output) is mouse
        assert (b"\x1b[?1003h" in terminal.output) is mouse
