from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.binding import BindingsMap

from neurotui.tui.terminal.key_twins import twins
from tests.keyboard import ALL_KEYS, DISAMBIGUATE, TEXT, encode

TEXTUAL = DISAMBIGUATE | ALL_KEYS | TEXT
"""What textual asks of a terminal with the kitty protocol."""


def keys_of(data: bytes) -> list[str]:
    parser = XTermParser()
    found = [*parser.feed(data.decode())]
    if parser._timeout_time is not None:
        parser._timeout_time = 0.0  # The time to tell Escape from a sequence is over.
    return [event.key for event in (*found, *parser.tick()) if isinstance(event, events.Key)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("ctrl+c", "ctrl+c,ctrl+с"),
        ("n", "n,т"),
        ("N", "N,Т"),
        ("alt+r", "alt+r,alt+к"),
        ("ctrl+shift+x", "ctrl+shift+x,ctrl+shift+ч"),
        ("left_square_bracket", "left_square_bracket,х"),
        ("ctrl+full_stop", "ctrl+full_stop,ctrl+ю"),
        ("q,escape,у", "q,й,escape,у"),
        ("enter", "enter"),
        ("shift+space", "shift+space"),
        ("ctrl+5", "ctrl+5"),
        ("slash", "slash"),
    ],
)
def test_each_key_that_types_a_cyrillic_letter_has_its_twin(key: str, expected: str) -> None:
    assert twins(key) == expected


@pytest.mark.parametrize(
    ("latin", "russian"),
    [
        *[(f"ctrl+{a}", f"ctrl+{b}") for a, b in ("cс", "nт", "qй", "rк", "lд", "pз", "sы", "oщ", "jо")],
        *[(f"alt+{a}", f"alt+{b}") for a, b in ("rк", "eу", "cс", "[х", "]ъ", ";ж", "'э", ",б", ".ю", "`ё")],
        *[tuple("nт"), tuple("yн"), tuple("qй"), tuple("NТ"), tuple("[х"), tuple(",б")],
        ("ctrl+shift+c", "ctrl+shift+с"),
        ("alt+shift+r", "alt+shift+к"),
    ],
)
def test_both_layouts_reach_the_binding_in_a_kitty_terminal(latin: str, russian: str) -> None:
    (key,) = keys_of(encode(latin, TEXTUAL))
    bound = BindingsMap([(twins(key), "act", "")]).key_to_bindings
    assert key in bound
    assert keys_of(encode(russian, TEXTUAL))[0] in bound


@pytest.mark.parametrize(("latin", "russian"), [("alt+r", "alt+к"), ("ctrl+c", "ctrl+с"), ("n", "т")])
def test_both_layouts_reach_the_binding_in_a_plain_terminal(latin: str, russian: str) -> None:
    bound = BindingsMap([(twins(latin), "act", "")]).key_to_bindings
    assert keys_of(encode(latin))[0] in bound
    assert keys_of(encode(russian))[0] in bound
