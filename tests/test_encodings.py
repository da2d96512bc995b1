"""Terminals of another time: a locale that is not UTF-8."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.terminal import NEUROTUI, Terminal

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A locale of ASCII, which Python takes for UTF-8 where it is not told otherwise."""


@pytest.fixture(scope="session")
def koi8(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a Russian locale in KOI8-R, made for the test."""
    folder = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef") is None:
        pytest.skip("localedef")
    command = ["localedef", "-i", "ru_RU", "-f", "KOI8-R", str(folder / "ru_RU.KOI8-R")]
    subprocess.run(command, capture_output=True, check=False)
    if not (folder / "ru_RU.KOI8-R").exists():
        pytest.skip("the sources of locales")
    return {"LOCPATH": str(folder), "LC_ALL": "ru_RU.KOI8-R"}


def test_the_chat_says_what_it_needs(tmp_path: Path, koi8: dict[str, str]) -> None:
    with Terminal([*NEUROTUI, "--demo"], home=tmp_path, environment=koi8) as terminal:
        assert terminal.wait_for_exit() == 2
        told = bytes(terminal.output).decode("koi8-r")
    assert "KOI8-R" in told
    assert "LC_ALL=C.UTF-8 neurotui" in told
    assert "нужна UTF-8" in told
    assert "\\u" not in told


@pytest.mark.parametrize("command", [["--demo"], ["--demo", "--lang", "ru"]])
def test_it_says_so_in_letters_that_there_are(tmp_path: Path, command: list[str]) -> None:
    with Terminal([*NEUROTUI, *command], home=tmp_path, environment=ASCII) as terminal:
        assert terminal.wait_for_exit() == 2
        told = bytes(terminal.output).decode("ascii")
    assert "needs UTF-8, and the locale says" in told


def test_an_answer_has_one_cell_for_each_sign(tmp_path: Path, koi8: dict[str, str]) -> None:
    command = [*NEUROTUI, "ask", "--demo", "--no-save", "-m", "neurotui-demo-fast", "/demo"]
    with Terminal(command, home=tmp_path, environment=koi8, size=(200, 50)) as terminal:
        assert terminal.wait_for_exit() == 0
        told = bytes(terminal.output).decode("koi8-r")
    assert "тысячи токенов так быстро, как получится" in told
    assert "\\u" not in told and "\\x" not in told


def test_in_the_locale_c_it_draws_as_it_comes(tmp_path: Path) -> None:
    """Python takes it for UTF-8, which the terminals of today are."""
    with Terminal([*NEUROTUI, "--demo"], home=tmp_path, environment={"LC_ALL": "C"}) as terminal:
        terminal.wait_for("Message")
        assert "╭" in terminal.text
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
