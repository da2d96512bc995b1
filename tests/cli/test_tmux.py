"""What doctor tells of copying in tmux, in a real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neurotui.cli import tmux as asking
from tests.fork_server import run
from tests.terminal import NEUROTUI, Terminal, kept_environment
from tests.tmux import Tmux, tmux_server


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    with tmux_server(tmp_path) as tmux:
        tmux.run(["sleep", "60"])
        yield tmux


def attached(tmux: Tmux, home: Path, term: str) -> Terminal:
    terminal = Terminal([*tmux.command, "attach"], home=home, environment={"TERM": term})
    return terminal


def told(tmux: Tmux) -> asking.Clipboard | None:
    return asking.clipboard({**tmux.environment, "TMUX": tmux.variable})


def test_nobody_is_attached(tmux: Tmux) -> None:
    assert told(tmux) == asking.Clipboard("external", "", None)


@pytest.mark.parametrize(("term", "understood"), [("xterm-256color", True), ("vt220", False)])
def test_the_terminal_around_takes_it_or_not(tmux: Tmux, tmp_path: Path, term: str, understood: bool) -> None:
    with attached(tmux, tmp_path, term) as terminal:
        terminal.wait_for("sleep")
        assert told(tmux) == asking.Clipboard("external", term, understood)
        tmux("kill-server")


def test_one_that_is_gone_does_not_answer(tmp_path: Path) -> None:
    assert asking.clipboard({"TMUX": f"{tmp_path}/gone,1,0"}) is None


def report(environment: dict[str, str], home: Path) -> list[dict[str, Any]]:
    """Return what doctor finds out where it has no key, and no server to check after that."""
    given = kept_environment() | environment | {"HOME": str(home), "NEUROTUI_LANG": "en"}
    done = run([*NEUROTUI, "doctor", "--json"], cwd=home, env=given)
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return [finding for finding in findings if "tmux" in str(finding)]


def test_doctor_tells_it(tmux: Tmux, tmp_path: Path) -> None:
    environment = {**tmux.environment, "TMUX": tmux.variable}
    assert "no terminal is attached" in str(report(environment, tmp_path))
    with attached(tmux, tmp_path, "xterm-256color") as terminal:
        terminal.wait_for("sleep")
        assert "goes on to xterm-256color by OSC 52" in str(report(environment, tmp_path))
        tmux("detach-client", "-s", "0")
    with attached(tmux, tmp_path, "tmux-256color") as terminal:
        terminal.wait_for("sleep")
        assert "the tmux-256color around" in str(report(environment, tmp_path))
        tmux("detach-client", "-s", "0")
    with attached(tmux, tmp_path, "vt220") as terminal:
        terminal.wait_for("sleep")
        assert "set -as terminal-features ',vt220:clipboard'" in str(report(environment, tmp_path))
        tmux("detach-client", "-s", "0")
    assert "does not answer" in str(report({**environment, "TMUX": "gone,1,0"}, tmp_path))
    del environment["TMUX"]
    assert report(environment, tmp_path) == []
