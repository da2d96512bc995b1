"""What the system says of a failure is said in the user's language."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neurotui import i18n
from neurotui.i18n.reasons import reason_of


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    i18n.use("en")


def missing_file(folder: Path) -> None:
    (folder / "none").read_bytes()


def folder_for_a_file(folder: Path) -> None:
    folder.read_bytes()


def folder_for_a_database(folder: Path) -> None:
    sqlite3.connect(folder)


@pytest.mark.skipif(os.name == "nt", reason="says other things")
@pytest.mark.parametrize(
    ("fail", "english", "russian"),
    [
        (missing_file, "No such file or directory", "Такого файла или папки нет"),
        (folder_for_a_file, "Is a directory", "Это папка"),
        (folder_for_a_database, "unable to open database file", "файл базы данных не открывается"),
    ],
)
def test_a_usual_reason_is_translated(
    fail: Callable[[Path], None], english: str, russian: str, tmp_path: Path
) -> None:
    for language, words in (("en", english), ("ru", russian)):
        i18n.use(language)
        with pytest.raises((OSError, sqlite3.Error)) as caught:
            fail(tmp_path)
        assert reason_of(caught.value) == words


def test_another_reason_is_told_as_it_is() -> None:
    i18n.use("ru")
    assert reason_of(OSError(999, "Something nobody foresaw")) == "Something nobody foresaw"
    assert reason_of(OSError()) == ""
