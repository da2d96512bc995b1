from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations

import pytest

from neurotui import i18n
from neurotui.app.command_set import CommandSet
from neurotui.app.commands import (
    COMMANDS,
    PRIOR,
    Place,
    find,
    help_rows,
    key_name,
)
from neurotui.i18n import spellings
from neurotui.tui.terminal import keymap
from neurotui.tui.terminal.bindings import action, bindings, with_capitals
from neurotui.tui.terminal.key_twins import twins


@pytest.fixture(autouse=True)
def _as_it_comes() -> Iterator[None]:
    yield
    keymap.configure({})
    i18n.use("en")


def test_no_two_commands_can_be_meant_by_one_key() -> None:
    for one, other in combinations(COMMANDS, 2):
        if one.place is other.place or one.place in PRIOR or other.place in PRIOR:
            assert not set(one.keys) & set(other.keys), (one.name, other.name)


def test_no_two_commands_answer_to_one_name() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
    offered = [command for command in COMMANDS if command.menu]
    for one, other in combinations(offered, 2):
        names = {one.slash[1:], *spellings(one.label)}
        assert not names & {other.slash[1:], *spellings(other.label)}, (one.name, other.name)


def test_the_table_loads_nothing_of_textual() -> None:
    program = "import sys, neurotui.app.commands; print(sorted(m for m in sys.modules if 'textual' in m))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_key_is_bound_with_its_twin_where_it_acts() -> None:
    for place in Place:
        bound = {binding.key: binding for binding in bindings(place)}
        for command in COMMANDS:
            if command.place is place:
                for key in command.keys:
                    assert bound[twins(key)].action == action(command)
                    assert bound[twins(key)].priority == (place in PRIOR)


def test_letters_of_the_transcript_work_in_both_cases() -> None:
    bound = {key: b.action for b in bindings(Place.TRANSCRIPT) for key in b.key.split(",")}
    for command in COMMANDS:
        if command.place is Place.TRANSCRIPT:
            for key in command.keys:
                if len(key) == 1 and key not in "nN":  # which are two commands
                    assert bound[key] == bound[key.upper()] == action(command)
                    assert bound[twins(key.upper()).split(",")[-1]] == action(command)


def test_but_where_the_capital_is_another_key() -> None:
    keys = {"top": ["g"], "bottom": ["G", "end"], "next": ["n"], "previous": ["N"], "copy": ["c", "1"]}
    assert with_capitals(keys) == keys | {"copy": ["c", "C", "1"]}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ctrl+j", "Ctrl+J"),
        ("escape", "Esc"),
        ("f1", "F1"),
        ("n", "n"),
        ("N", "N"),
        ("ctrl+N", "Ctrl+Shift+N"),
        ("alt+left_square_bracket", "Alt+["),
        ("ctrl+full_stop", "Ctrl+."),
        ("question_mark", "?"),
        ("slash", "/"),
        ("shift+space", "Shift+Space"),
        ("ctrl+backspace", "Ctrl+Backspace"),
        ("tab", "Tab"),
        ("delete", "Delete"),
        ("pageup", "PgUp"),
        ("ctrl+left", "Ctrl+←"),
    ],
)
def test_keys_are_written_as_on_the_keyboard(key: str, name: str) -> None:
    assert key_name(key) == name


def test_the_help_has_every_command_that_can_be_given() -> None:
    keymap.configure({"save": [], "new": "f9"})
    rows = [row for _heading, group in help_rows() for row in group]
    given = [command for command in COMMANDS if command.keys or command.menu]
    assert len(rows) == len(given)
    new = next(row for row in rows if row.slash == "/new")
    assert new.keys == ("F9",)
    assert next(row for row in rows if row.slash == "/save").keys == ()
    assert {row.text for row in rows} == {command.help for command in given}


def test_the_help_speaks_the_language_in_use() -> None:
    i18n.use("ru")
    headings = [heading for heading, _rows in help_rows()]
    assert "Чат" in headings
    with pytest.raises(KeyError):
        find("no such command")


def test_to_offer_commands_asks_only_those_that_depend_on_an_answer_that_runs() -> None:
    def not_there() -> bool:
        raise AttributeError("the messages are not there before all is loaded")

    commands = CommandSet(print)
    commands.bind("copy_message", print, when=not_there)
    commands.bind("stop", print, when=lambda: False)
    assert [command.name for command in commands.offered()] == ["copy_message"]
