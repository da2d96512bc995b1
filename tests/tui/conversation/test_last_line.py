"""What is left in the shell when the chat has ended."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neurotui.tui.conversation.features.quitting import last_line
from tests.servers import Exchange, Server
from tests.test_main_job import ask, launch


async def finish(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Done.")
    await exchange.finish()


def test_it_tells_what_was_saved_and_how_to_go_on(tmp_path: Path) -> None:
    with Server(finish) as server:
        with launch(server, tmp_path) as terminal:
            ask(terminal, "a first question")
            terminal.wait_for(" tok · ")
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
            after = bytes(terminal.output).rpartition(b"\x1b[?1049l")[2].decode()
            assert "“a first question” is saved. neurotui -c goes on with it" in after
        with launch(server, tmp_path, "-c") as terminal:
            terminal.wait_for("a first question")
            terminal.wait_until_quiet()
            terminal.press("ctrl+q")  # nothing was asked
            assert terminal.wait_for_exit() == 0
            after = bytes(terminal.output).rpartition(b"\x1b[?1049l")[2].decode()
            assert "saved" not in after


@pytest.mark.parametrize(
    ("names", "is_demo", "line"),
    [
        (["a\x1b]52;c;x\x07b"], False, r"“a.*b” is saved\. neurotui -c goes on with it"),
        (["[/b]"], True, r"“\[/b\]” is saved\. neurotui --demo -c goes on with it"),
        (["a", "b"], False, r"2 conversations are saved\. neurotui -c goes on with the last one"),
    ],
)
def test_it_is_one_clean_line(names: list[str], is_demo: bool, line: str) -> None:
    said = last_line(names, is_demo=is_demo)
    assert re.fullmatch(line, said) and "\x1b" not in said


def test_a_long_name_is_cut_with_an_ellipsis() -> None:
    assert "…”" in last_line(["long " * 100], is_demo=False)
