from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.keyboard import ALL_KEYS, ALTERNATE_KEYS, DISAMBIGUATE, TEXT, encode
from tests.terminal import Terminal

TEXTUAL = DISAMBIGUATE | ALL_KEYS | TEXT


@pytest.mark.parametrize(
    ("key", "plain", "kitty"),
    [
        ("a", b"a", b"\x1b[97;;97u"),
        ("A", b"A", b"\x1b[97;2;65u"),
        ("й", "й".encode(), b"\x1b[1081;;1081u"),
        ("space", b" ", b"\x1b[32;;32u"),
        ("enter", b"\r", b"\x1b[13u"),
        ("shift+enter", b"\r", b"\x1b[13;2u"),
        ("escape", b"\x1b", b"\x1b[27u"),
        ("ctrl+c", b"\x03", b"\x1b[99;5u"),
        ("ctrl+с", b"\x03", b"\x1b[1089;5u"),
        ("alt+r", b"\x1br", b"\x1b[114;3u"),
        ("alt+к", "\x1bк".encode(), b"\x1b[1082;3u"),
        ("up", b"\x1b[A", b"\x1b[A"),
        ("ctrl+up", b"\x1b[1;5A", b"\x1b[1;5A"),
        ("f1", b"\x1bOP", b"\x1b[P"),
        ("pageup", b"\x1b[5~", b"\x1b[5~"),
    ],
)
def test_a_key_is_encoded_as_terminals_do(key: str, plain: bytes, kitty: bytes) -> None:
    assert encode(key) == plain
    assert encode(key, TEXTUAL) == kitty


def test_alternate_keys_carry_the_shifted_and_the_base_key() -> None:
    assert encode("ctrl+с", TEXTUAL | ALTERNATE_KEYS) == b"\x1b[1089::99;5u"
    assert encode("Й", TEXTUAL | ALTERNATE_KEYS) == b"\x1b[1081:1049:113;2;1049u"
    assert encode("a", TEXTUAL | ALTERNATE_KEYS) == b"\x1b[97;;97u"


def script(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_the_program_has_a_terminal_of_its_own(tmp_path: Path) -> None:
    with Terminal(["/bin/sh"], home=tmp_path, size=(70, 20)) as terminal:
        terminal.type(
            'echo при""вет; tty </dev/tty >/dev/null && echo control""led; stty size; basename "$PWD"\n'
        )
        terminal.wait_for(f"привет\ncontrolled\n20 70\n{tmp_path.name}\n")
        terminal.resize(90, 30)
        terminal.type("stty size\n")
        terminal.wait_for("30 90")
        terminal.type("exit 3\n")
        assert terminal.wait_for_exit() == 3


def test_what_is_not_put_back_is_told(tmp_path: Path) -> None:
    changed = script(
        r"import tty, sys; tty.setraw(0); print('\x1b[?1049h\x1b[?25l\x1b[?1000;1006h\x1b[>25u', flush=True)"
    )
    with Terminal(changed, home=tmp_path) as terminal:
        assert terminal.wait_for_exit() == 0
        assert terminal.left_behind == {
            "mode 1049", "mode 25", "mode 1000", "mode 1006", "kitty flags [25]", "termios"
        }  # fmt: skip
    with Terminal(script(r"print('\x1b[?1049h\x1b[?1049l\x1b[>25u\x1b[<u')"), home=tmp_path) as terminal:
        assert terminal.wait_for_exit() == 0
        assert not terminal.left_behind


def test_keys_follow_the_flags_that_the_program_asked_for(tmp_path: Path) -> None:
    code = r"""
import os, tty
tty.setraw(0)
os.write(1, b'\x1b[?2004h\x1b[>25u\x1b[?u\x1b[?2026$pready')
while (data := os.read(0, 100)) != b'q':
    os.write(1, ascii(data).encode() + b'\r\n')
"""
    with Terminal(script(code), home=tmp_path, kitty=True) as terminal:
        terminal.wait_for("ready")
        terminal.wait_for(r"\x1b[?25u")
        terminal.wait_for(r"\x1b[?2026;2$y")
        terminal.press("ctrl+с")
        terminal.wait_for(r"\x1b[1089;5u")
        terminal.paste("a\nb")
        terminal.wait_for(r"\x1b[200~a\rb\x1b[201~")
    with Terminal(script(code), home=tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.press("ctrl+с")
        terminal.wait_for(r"b'\x03'")
        terminal.send(b"q")
        assert terminal.wait_for_exit() == 0


def test_a_closed_window_and_a_signal_end_the_program(tmp_path: Path) -> None:
    with Terminal(["/bin/cat"], home=tmp_path) as terminal:
        terminal.type("there\n")
        terminal.wait_for("there\nthere")
        terminal.hang_up()
        assert terminal.wait_for_exit() == -signal.SIGHUP
    with Terminal(["/bin/cat"], home=tmp_path) as terminal:
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_for_exit() == -signal.SIGTERM


def test_a_wait_in_vain_shows_the_screen(tmp_path: Path) -> None:
    with (
        Terminal(["/bin/echo", "hello"], home=tmp_path) as terminal,
        pytest.raises(AssertionError, match=r"ended \(0\)[^$]*│hello "),
    ):
        terminal.wait_for("nothing")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_sleeping_program_uses_nothing(tmp_path: Path) -> None:
    with Terminal(["/bin/cat"], home=tmp_path) as terminal:
        terminal.type("x\n")
        terminal.wait_for("x\nx")
        terminal.wait_until_quiet(0.1)
        cpu, wakeups = terminal.cpu_seconds(), terminal.wakeups()
        terminal.wait_until_quiet(0.1)
        assert terminal.cpu_seconds() == cpu
        assert terminal.wakeups() == wakeups
