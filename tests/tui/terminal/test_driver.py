from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest
from textual import constants

from neurotui.tui.terminal.driver import driver_class
from tests.terminal import Terminal

if sys.platform == "win32":
    pytest.skip("the driver is for Linux and macOS", allow_module_level=True)

from textual.drivers.linux_driver import LinuxDriver

from neurotui.tui.terminal.posix_driver import ESCAPE_DELAY, LINK_DELAY, URGENT_ESCAPE_DELAY, PosixDriver

PROBE = [sys.executable, str(Path(__file__).parents[1] / "probe.py")]
"""An app with this driver that shows what it is told: see there."""


def probe(home: Path, *, kitty: bool = False, environment: dict[str, str] | None = None) -> Terminal:
    terminal = Terminal(PROBE, home=home, kitty=kitty, environment=environment)
    terminal.wait_for("ready")
    return terminal


def test_textual_gets_this_driver_unless_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert issubclass(driver_class(LinuxDriver), PosixDriver)
    monkeypatch.setattr(constants, "DRIVER", "textual.drivers.web_driver:WebDriver")
    assert not issubclass(driver_class(LinuxDriver), PosixDriver)


class TestKeys:
    def test_escape_is_known_after_its_delay(self, tmp_path: Path) -> None:
        with probe(tmp_path) as terminal:
            idle = least_delay(terminal)
            terminal.press("u")
            terminal.wait_for("key: u")
            urgent = least_delay(terminal)
        assert ESCAPE_DELAY < idle < 0.1  # Textual's own takes 0.1 at the least.
        assert URGENT_ESCAPE_DELAY < urgent < ESCAPE_DELAY

    def test_the_environment_rules_the_delay(self, tmp_path: Path) -> None:
        with probe(tmp_path, environment={"ESCDELAY": "150"}) as terminal:
            terminal.press("u")
            assert 0.15 < least_delay(terminal, rounds=3) < 0.3

    @pytest.mark.parametrize("variable", ["SSH_CONNECTION", "SSH_TTY"])
    def test_over_ssh_it_waits_for_a_slow_link(self, tmp_path: Path, variable: str) -> None:
        with probe(tmp_path, environment={variable: "1"}) as terminal:
            terminal.press("u")
            terminal.wait_for("key: u")
            assert LINK_DELAY + URGENT_ESCAPE_DELAY < least_delay(terminal, rounds=3) < 0.3

    def test_in_a_kitty_terminal_nothing_waits(self, tmp_path: Path) -> None:
        with probe(tmp_path, kitty=True) as terminal:
            assert least_delay(terminal) < URGENT_ESCAPE_DELAY

    def test_a_russian_ctrl_c_is_ctrl_c_in_a_kitty_terminal(self, tmp_path: Path) -> None:
        with probe(tmp_path, kitty=True) as terminal:
            terminal.press("ctrl+с", "alt+к", "й")
            terminal.wait_for("key: ctrl+c\nkey: alt+r\nkey: й")

    def test_a_crafted_paste_presses_no_key(self, tmp_path: Path) -> None:
        with probe(tmp_path) as terminal:
            terminal.paste("rm -rf\x1b\n\x1b[13u\x03\n")
            terminal.press("z")
            terminal.wait_for(r"paste: 'rm -rf␛\n␛[13u␃\n'" + "\nkey: z")

    @pytest.mark.compat
    def test_megabytes_pasted_are_quick(self, tmp_path: Path) -> None:
        with probe(tmp_path) as terminal:
            before = terminal.cpu_seconds()
            terminal.paste("five megabytes " * 350_000)
            terminal.wait_for("paste: 5250000")
            assert terminal.cpu_seconds() - before < 2.0

    def test_bytes_that_are_no_utf8_end_nothing(self, tmp_path: Path) -> None:
        with probe(tmp_path) as terminal:
            terminal.send(b"\xff\xd0")
            terminal.press("z")
            terminal.wait_for("key: z")


def least_delay(terminal: Terminal, rounds: int = 7) -> float:
    """From the press of Escape to the app's handler, in seconds; what is more comes of a busy machine."""

    def times() -> list[float]:
        return [float(line.split()[1]) for line in terminal.lines if line.startswith("at ")]

    delays = []
    for _ in range(rounds):
        sent_at = terminal.press("escape")
        terminal.wait_for(lambda sent_at=sent_at: times()[-1:] > [sent_at])  # type: ignore[misc]
        delays.append(times()[-1] - sent_at)
    return min(delays)


class TestEnd:
    def test_the_terminal_is_left_as_it_was(self, tmp_path: Path) -> None:
        with probe(tmp_path, kitty=True) as terminal:
            assert {"termios", "mode 1049", "kitty flags [29]"} <= terminal.left_behind
            sent_at = terminal.press("q")
            assert terminal.wait_for_exit() == 0
            assert time.monotonic() - sent_at < 1.0
            assert not terminal.left_behind

    def test_a_closed_window_ends_the_app_in_its_own_way(self, tmp_path: Path) -> None:
        with probe(tmp_path) as terminal:
            terminal.hang_up()
            assert terminal.wait_for_exit() == 7
        assert (tmp_path / "ended").read_text() == "gone\n"

    def test_a_closed_window_ends_an_app_that_writes_all_the_time(self, tmp_path: Path) -> None:
        with probe(tmp_path) as terminal:
            terminal.press("w")
            terminal.wait_for("tick 3")
            terminal.hang_up()
            assert terminal.wait_for_exit() == 7
        assert (tmp_path / "ended").read_text() == "gone\n"

    def test_an_app_that_stays_does_not_spin(self, tmp_path: Path) -> None:
        with probe(tmp_path, environment={"STAY": "1"}) as terminal:
            terminal.hang_up()
            wait_for_file(tmp_path / "ended")
            before = terminal.cpu_seconds()
            time.sleep(0.3)
            assert terminal.cpu_seconds() - before < 0.03

    def test_stopped_and_continued_it_draws_and_reads_again(self, tmp_path: Path) -> None:
        with probe(tmp_path) as terminal:
            terminal.signal(signal.SIGTSTP)
            terminal.wait_for(lambda: terminal.stopped and not terminal.left_behind)
            terminal.signal(signal.SIGCONT)
            terminal.wait_for(lambda: "mode 1049" in terminal.left_behind)
            terminal.press("z")
            terminal.wait_for("key: z")
            terminal.press("q")
            assert terminal.wait_for_exit() == 0
            assert not terminal.left_behind


@pytest.mark.compat  # textual itself looks ten times a second
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_idle_app_sleeps(tmp_path: Path) -> None:
    with probe(tmp_path) as terminal:
        terminal.press("escape")
        terminal.wait_for("at ")
        terminal.wait_until_quiet(0.3)
        written, woken = len(terminal.output), terminal.wakeups()
        time.sleep(1.0)
        assert len(terminal.output) == written
        assert terminal.wakeups() - woken <= 2


def wait_for_file(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
