"""What stands before textual's own parser tells it the same keys as `KeyParser` makes."""

from __future__ import annotations

import pytest
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual.message import Message

from neurotui.tui.compat.key_parser import KeyParser
from neurotui.tui.terminal.input import TerminalInput
from tests.tui.terminal.inputs import SafeTerminalInput

CODES = [f"\x1b[{key[:-1]}{modifiers}{key[-1]}" for key in FUNCTIONAL_KEYS for modifiers in ("", ";2", ";5")]
TYPED = [chr(code) for code in range(0x500) if code not in range(0x80, 0xA0) and chr(code) != "İ"]


def keys_of(
    terminal_input: TerminalInput[Message] | SafeTerminalInput, text: str
) -> list[tuple[str, str | None]]:
    messages = [*terminal_input.feed(text, 0.0), *terminal_input.end_wait()]
    return [
        (message.key, message.character if message.is_printable else None)
        for message in messages
        if isinstance(message, events.Key)
    ]


@pytest.mark.parametrize(
    "sent",
    [[*ANSI_SEQUENCES_KEYS], CODES, [f"\x1b{letter}" for letter in TYPED], TYPED],
    ids=["old codes", "kitty's codes", "with Alt", "typed"],
)
def test_a_key_is_the_same_key(sent: list[str]) -> None:
    differ = {}
    for text in sent:
        quick, safe = keys_of(TerminalInput(KeyParser()), text), keys_of(SafeTerminalInput(), text)
        if quick != safe:
            differ[text] = quick, safe
    assert not differ
