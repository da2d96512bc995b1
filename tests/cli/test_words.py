"""What argparse says by itself is in the user's language too."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from neurotui.cli import words
from tests.fork_server import run
from tests.terminal import NEUROTUI, kept_environment


def said(*arguments: str, home: Path, language: str = "ru", **variables: str) -> str:
    """What the program prints."""
    env = kept_environment() | {"HOME": str(home)} | variables
    done = run([*NEUROTUI, "--lang", language, *arguments], cwd=home, env=env)
    return (done.stdout + done.stderr).decode()


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
    assert text.startswith("использование: neurotui")
    assert re.search(r"^(usage|options|positional arguments)", text, re.MULTILINE) is None
    assert "show this help" not in text


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_help_of_a_command_says_what_it_does(language: str, tmp_path: Path) -> None:
    summary = re.search(r"^ +replay +(.*)", said("--help", home=tmp_path, language=language), re.MULTILINE)
    assert summary is not None
    text = said("replay", "--help", home=tmp_path, language=language)
    assert f"\n\n{summary[1][0].upper()}{summary[1][1:]}.\n\n" in text


def test_the_language_may_stand_after_the_command(tmp_path: Path) -> None:
    assert said("history", "--lang", "en", "--help", home=tmp_path).startswith(
        "использование: neurotui history"
    )
    assert said("history", "--lang", "ru", "--help", home=tmp_path, language="en").startswith("usage: ")
    wrong = said("history", "--lang", "de", home=tmp_path)
    assert "neurotui history: ошибка: аргумент --lang: нет такого значения: 'de'" in wrong


def test_help_that_the_output_cannot_spell_is_help_all_the_same(tmp_path: Path) -> None:
    assert "neurotui [-h]" in said("--help", home=tmp_path, PYTHONIOENCODING="ascii:strict")


def test_the_words_are_those_of_argparse() -> None:
    source = Path(argparse.__file__).read_text(encoding="utf-8")
    missing = [text for text in words.WORDS if repr(text)[1:-1] not in source]
    assert missing == []
