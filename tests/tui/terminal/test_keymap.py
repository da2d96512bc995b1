from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from neurotui.app.commands import COMMANDS, find, remapped
from neurotui.settings.file import SettingsFile
from neurotui.tui.terminal.keymap import configure, keymap, parse
from tests.tui.chatting import chatting


@pytest.fixture(autouse=True)
def _as_it_comes() -> Iterator[None]:
    yield
    configure({})


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("ctrl+t", "ctrl+t"),
        ("Ctrl-T", "ctrl+t"),
        ("CTRL + T", "ctrl+t"),
        ("ctrl+е", "ctrl+t"),
        ("Ctrl+Shift+T", "ctrl+shift+t"),
        ("shift+ctrl+t", "ctrl+shift+t"),
        ("alt+Enter", "alt+enter"),
        ("option+x", "alt+x"),
        ("esc", "escape"),
        ("PgUp", "pageup"),
        ("F12", "f12"),
        ("n", "n"),
        ("т", "n"),
        ("N", "N"),
        ("shift+n", "N"),
        ("[", "left_square_bracket"),
        ("ctrl+[", "ctrl+left_square_bracket"),
        ("ctrl++", "ctrl+plus"),
        ("alt+-", "alt+minus"),
        ("question_mark", "question_mark"),
        ("f99", None),
        ("ctrl+nothing", None),
        ("hyper+x", None),
        ("", None),
    ],
)
def test_keys_are_understood_as_people_write_them(written: str, key: str | None) -> None:
    assert parse(written) == key


def test_a_command_gets_other_keys_and_the_others_keep_theirs() -> None:
    assert configure({"new": "ctrl+t", "save": ["alt+f5", "Ctrl+Shift+S"]}) == []
    assert find("new").current_keys == ("ctrl+t",)
    assert find("save").current_keys == ("alt+f5", "ctrl+shift+s")
    assert find("help").current_keys == ("f1",)
    assert keymap() == {"new": "ctrl+t,ctrl+е", "save": "alt+f5,ctrl+shift+s,ctrl+shift+ы"}


def test_what_was_configured_before_is_forgotten() -> None:
    configure({"new": "ctrl+t"})
    assert configure({}) == []
    assert find("new").current_keys == ("ctrl+n",)
    assert keymap() == {}


def test_no_keys_leave_a_command_to_its_name() -> None:
    assert configure({"new": []}) == []
    assert find("new").current_keys == ()
    assert find("new").key == ""
    assert keymap() == {"new": "no-key"}


def test_what_cannot_be_is_said_and_changes_nothing() -> None:
    sentences = configure(
        {"nwe": "f5", "save": "ctrl+nothing", "help": "h", "send": "x", "new": "ctrl+m", "demo": ["space"]}
    )
    assert len(sentences) == 6
    assert "nwe" in sentences[0]
    assert "ctrl+nothing" in sentences[1]
    assert "Ctrl+M" in sentences[4]
    assert "Enter" in sentences[4]
    assert remapped == {}


def test_what_is_said_is_fit_for_a_screen() -> None:
    (sentence,) = configure({"\x1b[31m": "f5"})
    assert "\x1b" not in sentence


def test_a_key_is_taken_from_the_command_that_came_with_it() -> None:
    (sentence,) = configure({"new": "ctrl+s"})
    assert sentence == "Ctrl+S is “new” now, no longer “save”"
    assert find("new").current_keys == ("ctrl+s",)
    assert find("save").current_keys == ()


def test_only_the_key_in_question_is_taken() -> None:
    configure({"new": "ctrl+j"})
    assert find("newline").current_keys == ("shift+enter", "alt+enter")


def test_of_two_commands_with_one_key_the_first_has_it() -> None:
    (sentence,) = configure({"save": "f12", "new": "f12"})
    assert sentence == "F12 is set for “new” and for “save”: it is “new”"
    assert find("new").current_keys == ("f12",)
    assert find("save").current_keys == ()


def test_two_commands_can_change_keys() -> None:
    assert configure({"new": "ctrl+s", "save": "ctrl+n"}) == []
    assert find("new").current_keys == ("ctrl+s",)
    assert find("save").current_keys == ("ctrl+n",)


def test_a_letter_of_the_transcript_works_in_both_cases_wherever_it_is() -> None:
    configure({"copy_message": "y"})
    assert keymap() == {"copy_message": "y,н,Y,Н"}


def test_a_capital_can_be_a_key_of_its_own() -> None:
    configure({"copy_message": "K"})
    assert keymap() == {"copy_message": "K,Л", "cursor_previous": "k,л,shift+up"}


def test_every_command_can_be_moved() -> None:
    for number, command in enumerate(COMMANDS[:20], start=1):
        assert configure({command.name: f"ctrl+f{number}"}) == []


async def test_keys_of_the_settings_hold_from_the_start_and_after_a_change(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[keys]\nsend = ["ctrl+t"]\nhelp = "alt+f9"\nnew = "f11"\nsave = "f11"\n')
    settings = SettingsFile(file)
    async with chatting(tmp_path, settings=settings) as chat:
        assert any("F11" in notice for notice in chat.notices)
        await chat.press("o", "n", "e", "enter", "t", "w", "o")
        assert chat.text == "one\ntwo"
        await chat.press("ctrl+е")  # Ctrl+T on a Russian layout
        await chat.until(lambda: chat.asked == ["one\ntwo"])
        await chat.press("f1")
        assert chat.app.screen is chat.screen
        await chat.press("alt+f9")
        assert chat.app.screen is not chat.screen
        await chat.press("alt+f9")
        assert chat.app.screen is chat.screen
        assert "Alt+F9 help" in chat.shown()
        settings.change(("keys",), {})
        chat.app.apply_settings()
        await chat.press("f1")
        assert chat.app.screen is not chat.screen
        await chat.press("escape")
        assert "F1 help" in chat.shown()
