"""The folders, in the environments that programs are really started in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from neurotui.settings import places as paths

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="XDG and HOME")

VARIABLES = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_DOCUMENTS_DIR")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_home_serves_where_nothing_else_is_said(tmp_path: Path) -> None:
    assert paths.config_dir() == tmp_path / ".config/neurotui"
    assert paths.data_dir() == tmp_path / ".local/share/neurotui"
    assert paths.state_dir() == tmp_path / ".local/state/neurotui"


def test_xdg_variables_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    assert paths.config_dir() == tmp_path / "c/neurotui"
    assert paths.data_dir() == tmp_path / "d/neurotui"
    assert paths.state_dir() == tmp_path / "s/neurotui"


@pytest.mark.parametrize("home", [None, "", "relative/home"])
def test_no_home_is_no_folder(monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    if home is None:
        monkeypatch.delenv("HOME")
    else:
        monkeypatch.setenv("HOME", home)
    assert paths.config_dir() is paths.data_dir() is paths.state_dir() is None


def test_a_relative_variable_is_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "here")
    assert paths.data_dir() is None
    assert paths.config_dir() == tmp_path / ".config/neurotui"


def test_nothing_is_created(tmp_path: Path) -> None:
    paths.config_dir(), paths.data_dir(), paths.state_dir(), paths.exports_dir()
    assert list(tmp_path.iterdir()) == []


def test_transcripts_go_to_the_documents(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "Documents").mkdir()
    assert paths.exports_dir() == tmp_path / "Documents"
    named = tmp_path / "Документы"
    named.mkdir()
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(named))
    assert paths.exports_dir() == named


def test_transcripts_go_here_where_there_are_no_documents(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.exports_dir() == tmp_path
    monkeypatch.delenv("HOME")
    assert paths.exports_dir() == tmp_path
