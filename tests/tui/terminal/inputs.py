"""A terminal's input both ways: by `KeyParser`, and by `SafeInput` in front of textual's own parser.

A test file that has `both_ways = both_ways` in it runs with each.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual._xterm_parser import XTermParser
from textual.message import Message

from neurotui.tui.compat.key_parser import KeyParser
from neurotui.tui.terminal.input import TerminalInput
from neurotui.tui.terminal.safe_input import SafeInput

_safe = False


@pytest.fixture(autouse=True, scope="module", params=["key parser", "safe input"])
def both_ways(request: pytest.FixtureRequest) -> None:
    """Run the tests of a file with each of the two."""
    global _safe
    _safe = request.param == "safe input"


class SafeTerminalInput:
    """What textual's own parser makes of what `SafeInput` gives it."""

    def __init__(self) -> None:
        self._input = TerminalInput(SafeInput())
        self._sequences = self._input._sequences
        self._parser = XTermParser()
        self.wait = self._input.wait

    def feed(self, text: str, now: float) -> Iterator[Message]:
        for safe in self._input.feed(text, now):
            yield from self._read(safe)

    def end_wait(self) -> Iterator[Message]:
        for safe in self._input.end_wait():
            yield from self._read(safe)

    def _read(self, safe: str) -> Iterator[Message]:
        yield from self._parser.feed(safe)
        assert self._parser._timeout_time is None, f"textual waits for more behind {safe!r}"


def new_input() -> TerminalInput[Message] | SafeTerminalInput:
    """Return a new input of the kind that is tested."""
    return SafeTerminalInput() if _safe else TerminalInput(KeyParser())
