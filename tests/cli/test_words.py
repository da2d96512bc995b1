"""What argparse says by itself is in the user's language too."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

from neurotui.cli import words


def said(*arguments: str, home: Path) -> str:
    """What the program prints in Russian."""
    done = subprocess.run(
        [sys.executable, "-m", "neurotui", "--lang", "ru", *arguments],
        env={"HOME": str(home), "PATH": "", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--nonsense"], "neurotui: ошибка: непонятные аргументы: --nonsense"),
        (["--model"], "аргумент -m/--model: нужно значение"),
        (["--lang=de"], "аргумент --lang: нет такого значения: 'de' (есть 'en', 'ru')"),
        (["nonsense"], "аргумент КОМАНДА: нет такого значения: 'nonsense' (есть 'ask', "),
        (["search"], "neurotui search: ошибка: не хватает аргументов: СЛОВА"),
        (["export", "--last", "--all"], "аргумент --all: нельзя вместе с --last"),
        (["search", "слово", "--limit", "0"], "аргумент -n/--limit: нужно целое число от 1, а не '0'"),
    ],
)
def test_a_wrong_call_is_explained(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    assert sentence in said(*arguments, home=tmp_path).replace("neurotui --lang ru", "neurotui")


@pytest.mark.parametrize("command", [[], ["search"], ["import"]])
def test_the_help_has_no_english_heading(command: list[str], tmp_path: Path) -> None:
    text = said(*command, "--help", home=tmp_path)
    assert text.startswith("вызов: neurotui")
    assert re.search(r"^(usage|options|positional arguments)", text, re.MULTILINE) is None
    assert "show this help" not in text


def test_the_words_are_those_of_argparse() -> None:
    source = Path(argparse.__file__).read_text(encoding="utf-8")
    missing = [text for text in words.WORDS if repr(text)[1:-1] not in source]
    assert missing == []
