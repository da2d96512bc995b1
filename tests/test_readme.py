"""The README says what the source says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neurotui.i18n import LANGUAGES
from neurotui.settings.file import SettingsFile
from tests.make_readme import README, filled

TEXT = README.read_text(encoding="utf-8")


def test_its_tables_are_those_of_the_source() -> None:
    assert filled(TEXT) == TEXT


@pytest.mark.parametrize(
    "mark", [f"{name} {language}" for name in ("keys", "settings") for language in LANGUAGES]
)
def test_it_has_the_tables(mark: str) -> None:
    assert TEXT.count(f"<!-- {mark} -->") == TEXT.count(f"<!-- /{mark} -->") == 1


def test_its_pictures_are_there() -> None:
    pictures = set(re.findall(r'"(screenshots/[^"]+)"', TEXT))
    kept = {f"screenshots/{path.name}" for path in (README.parent / "screenshots").iterdir()}
    assert len(pictures) >= 2
    assert pictures == kept


def test_its_settings_can_be_used(tmp_path: Path) -> None:
    for number, example in enumerate(re.findall(r"(?s)```toml\n(.*?)```", TEXT)):
        path = tmp_path / f"{number}.toml"
        path.write_text(example, encoding="utf-8")
        file = SettingsFile(path)
        assert file.problems == ()
        assert {"neuroapi", "local"} <= file.settings.profiles.keys()


def test_ci_runs_the_command_that_it_gives_for_the_tests() -> None:
    command = next(line for line in TEXT.splitlines() if ".venv/bin/pytest" in line)
    assert command in (README.parent / ".ci" / "run").read_text(encoding="utf-8")
