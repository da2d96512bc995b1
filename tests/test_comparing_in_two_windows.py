"""Two windows on one file, one of them comparing: each survives the other, and nothing is lost."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from tests.servers import Server
from tests.store.examples import check, rows
from tests.terminal import NEUROTUI, Terminal
from tests.test_comparing import _ANSWERS, KEY, Writing, comparing

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")]


@pytest.mark.parametrize("killed", ["the one that compares", "the other"])
def test_one_of_two_windows_is_killed(tmp_path: Path, killed: str) -> None:
    script, folder = Writing(), tmp_path / ".local" / "share" / "neurotui"
    with Server(script) as server:
        environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY}

        def launch(*flags: str) -> Terminal:
            command = [*NEUROTUI, "--lang", "en", *flags]
            return Terminal(command, home=tmp_path, size=(120, 40), environment=environment)

        with launch() as first, launch() as second:
            comparing(first, script)
            second.wait_for("gpt-5-mini")
            second.type("beside\n")
            server.wait(lambda: len(script.said) == 4 and len(script.said[-1]) > 60)
            second.wait_for("слово4")
            dying, living = (first, second) if killed == "the one that compares" else (second, first)
            before = [len(said) for said in script.said]
            dying.signal(signal.SIGKILL)
            dying.wait_for_exit()
            still = script.said[3:] if living is second else script.said[:3]
            counts = [len(said) for said in still]
            server.wait(lambda: all(len(a) > b + 50 for a, b in zip(still, counts, strict=True)))
            if living is first:
                living.press("escape")
                living.wait_for("stopped by you")
            living.press("ctrl+q")
            living.wait_for("Stop and quit")
            living.press("ctrl+q")
            assert living.wait_for_exit() == 0
        check(folder)
        found = sorted(str(text) for _status, text in rows(folder, _ANSWERS))
        said = sorted("".join(text for _at, text in each[-1:]) for each in script.said)
        assert len(found) == 4
        for kept, whole in zip(found, said, strict=True):
            assert whole.startswith(kept)
        assert all(len(kept) > 100 for kept in found) and min(before) > 60
        for opened in range(3):  # from any of its branches
            with launch() as terminal:
                terminal.wait_for("gpt-5-mini")
                terminal.press("ctrl+r")
                terminal.wait_for("History")
                terminal.type("кто вы")
                terminal.wait_for("1 of 2")
                terminal.press("enter")
                terminal.wait_for(lambda t=terminal: re.search(r"◂ \d/3 ▸", t.text) is not None)  # type: ignore[misc]
                terminal.press("tab")
                terminal.wait_for("c copy")
                for _ in range(opened):
                    shown = re.search(r"◂ (\d)/3 ▸", terminal.text)
                    assert shown is not None
                    terminal.press("right" if shown[1] != "3" else "left")
                    terminal.wait_for(lambda t=terminal, was=shown[0]: was not in t.text)  # type: ignore[misc]
                terminal.press("m")
                terminal.wait_for("Comparison")
                for number in (1, 2, 3):
                    terminal.wait_for(f"слово{number} ")
                terminal.wait_for("другая")
                terminal.press("escape", "ctrl+q")
                assert terminal.wait_for_exit() == 0
        assert len(server.chats) == 4
