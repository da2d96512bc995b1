"""Long work of the store while the interface runs, in a real terminal with a real damaged file."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from tests.archives import made
from tests.cli.store import FOLDER, keep
from tests.store.test_rescue import damage
from tests.terminal import NEUROTUI, Terminal

SHOWN = re.compile(r"rescuing what can be read of the database · messages: [\d,]+ · Ctrl\+Q quits")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a rescue takes seconds, for all tests to copy."""
    home = tmp_path_factory.mktemp("home")
    keep(home, made(3, 100))._database.close()
    damage(home / FOLDER / "neurotui.db", 0, b"\0" * 100)
    return home


@pytest.fixture
def damaged(home: Path, tmp_path: Path) -> Path:
    """The damaged file in a home of the test."""
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    return tmp_path / FOLDER / "neurotui.db"


def test_a_rescue_at_the_start_is_shown_until_the_chat_is_there(damaged: Path, tmp_path: Path) -> None:
    with Terminal([*NEUROTUI, "--demo"], home=tmp_path, environment={"NEUROTUI_LANG": "en"}) as terminal:
        terminal.wait_for(lambda: bool(SHOWN.search(terminal.text)), timeout=60)
        terminal.wait_for("messages were rescued", timeout=60)
        assert not SHOWN.search(terminal.text)
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
def test_to_quit_ends_the_rescue_and_leaves_the_file_as_it_was(
    key: str, damaged: Path, tmp_path: Path
) -> None:
    before = damaged.read_bytes()
    with Terminal([*NEUROTUI, "--demo"], home=tmp_path, environment={"NEUROTUI_LANG": "en"}) as terminal:
        terminal.wait_for(lambda: bool(SHOWN.search(terminal.text)), timeout=60)
        terminal.press(key)
        assert terminal.wait_for_exit() == 0
        assert not terminal.left_behind
    assert damaged.read_bytes() == before
    assert not list(damaged.parent.glob("rescue-*"))
    assert not list(damaged.parent.glob("* damaged *"))


def is_shown(terminal: Terminal) -> bool:
    return bool(re.search(r"messages: [\d,]+ · Ctrl\+C stops", terminal.text))


def test_a_command_shows_it_too_and_ctrl_c_ends_it(damaged: Path, tmp_path: Path) -> None:
    before = damaged.read_bytes()
    for command in (["history"], ["ask", "--demo", "-c", "hi"], ["--demo", "-c"]):
        with Terminal([*NEUROTUI, *command], home=tmp_path, environment={"NEUROTUI_LANG": "en"}) as terminal:
            terminal.wait_for(partial(is_shown, terminal), timeout=60)
            terminal.press("ctrl+c")
            assert terminal.wait_for_exit() == 130
        assert damaged.read_bytes() == before
