from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neurotui import i18n
from neurotui.tui.dialogs.confirm import ConfirmScreen, understood
from tests.tui.chatting import chatting

YES_KEYS = {"y", "д", "l"}
NO_KEYS = {"n", "т"}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    i18n.use("en")
    yield
    i18n.use("en")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("y", True),
        ("yes", True),
        ("д", True),
        ("l", True),
        ("n", False),
        ("т", False),
        ("ну", True),
        ("не", False),
    ],
)
def test_a_word_is_understood_as_soon_as_it_is_clear(typed: str, answer: bool) -> None:
    assert understood(typed) is answer


@pytest.mark.parametrize("typed", ["да", "lf", "yes", "нуы"])
def test_yes_in_russian(typed: str) -> None:
    i18n.use("ru")
    assert said(typed) is True


@pytest.mark.parametrize("typed", ["нет", "ytn", "no", "тщ"])
def test_no_in_russian(typed: str) -> None:
    i18n.use("ru")
    assert said(typed) is False


def test_the_key_that_begins_both_answers_is_neither() -> None:
    assert understood("н") == "н"
    i18n.use("ru")
    assert understood("н") == "н"
    assert understood("y") == "y"


def test_what_begins_no_answer_is_forgotten() -> None:
    assert understood("q") == ""
    assert understood("нq") == ""
    assert understood("нn") is False


def said(typed: str) -> bool | str:
    """What is understood when a word is typed letter by letter."""
    so_far: bool | str = ""
    for letter in typed:
        so_far = understood(str(so_far) + letter)
        if isinstance(so_far, bool):
            return so_far
    return so_far


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_it_is_answered(tmp_path: Path, language: str) -> None:
    async with chatting(tmp_path, language=language) as chat:
        for keys, default, answer in (
            (["enter"], False, False),
            (["enter"], True, True),
            (["left", "enter"], False, True),
            (["tab", "enter"], True, False),
            (["right", "space"], True, False),
            (["escape"], True, False),
            (["д"], False, True),
            (["т"], True, False),
            (["н", "е"], True, False),
            (["н", "у"], False, True),
            (["н", "н", "у"], False, True),
        ):
            answers: list[bool | None] = []
            question = ConfirmScreen("Delete [/x]?", "[@click=app.quit]all[/]", default=default)
            chat.app.push_screen(question, answers.append)
            await chat.pilot.pause()
            await chat.press(*keys)
            assert answers == [answer], keys
        assert chat.text == ""


@pytest.mark.parametrize(("language", "key"), [("en", "н"), ("ru", "н"), ("ru", "y")])
async def test_a_doubtful_key_answers_nothing_and_is_told(tmp_path: Path, language: str, key: str) -> None:
    async with chatting(tmp_path, language=language, size=(60, 15)) as chat:
        answers: list[Any] = []
        chat.app.push_screen(ConfirmScreen("Delete?", default=True), answers.append)
        await chat.pilot.pause()
        await chat.press(key)
        await asyncio.sleep(0.1)
        assert answers == []
        assert f"{key}…" in chat.shown()


async def test_a_click_answers(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        answers: list[bool | None] = []
        chat.app.push_screen(ConfirmScreen("Delete?", yes="Delete", no="Keep"), answers.append)
        await chat.pilot.pause()
        await chat.pilot.click("#yes")
        await chat.until(lambda: answers == [True])
