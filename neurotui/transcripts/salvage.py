"""Salvage from damaged JSON: the intact conversations and messages in it.

An object is tried at each brace. If none can be read, a conversation may begin there whose end is lost, or
one too large to be read in one go: then its head is taken, and the intact messages that follow are added.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from neurotui.transcripts.chatgpt import Left
from neurotui.transcripts.pieces import Pieces
from neurotui.transcripts.window import MalformedJSON, TooLong, Window

LARGE = 1 << 22
"""An object of more characters is read entry by entry, which is slower and takes no memory."""
LONGEST_HEAD = 100_000
"""Most characters of a conversation before its messages."""

_OBJECT = re.compile(r'\{\s*"')
"""Beginning of an object that is not empty."""
_CONTENT = re.compile(r'"(?:messages"\s*:\s*\[|mapping"\s*:\s*\{)')
"""Beginning of a conversation's messages, in our files and in ChatGPT's."""
_LONGEST_MARK = 40
"""Most characters of a beginning that the end of the window may cut; with more blanks it is not one."""


class Salvage:
    """Search for conversations from the position of a window."""

    def __init__(self, window: Window, left: Left, begun: Pieces | None) -> None:
        """`begun` is the conversation in which the damage was found."""
        self._window = window
        self._left = left
        self._open = begun
        self._content: tuple[int, int] | None = None
        """Start and end of the next `_CONTENT`, counted in the whole text."""
        self._searched = 0
        """Position up to which there is no `_CONTENT`."""

    def conversations(self) -> Iterator[Pieces]:
        """Yield the conversations that are found, in order."""
        while self._find_object():
            try:
                value = self._value()
            except MalformedJSON:
                if head := self._head():
                    yield from self._closed()
                    self._open = head
                self._window.at += 1
                continue
            if found := [whole for whole in self._whole(value) if whole.begun]:
                yield from self._closed()
                yield from found
            else:
                self._open = self._open or Pieces(self._left)
                self._open.add(value)
        yield from self._closed()

    def _whole(self, value: dict[str, Any]) -> Iterator[Pieces]:
        """Yield the conversations in an object, or the one that it is."""
        listed = value.get("conversations")
        for found in listed if isinstance(listed, list) else [value]:
            if isinstance(found, dict):
                yield Pieces.of(found, self._left)

    def _closed(self) -> Iterator[Pieces]:
        if self._open is not None and self._open.begun:
            yield self._open
        self._open = None

    def _find_object(self) -> bool:
        """Move to the next object; return False if there is none."""
        window = self._window
        while True:
            if match := _OBJECT.search(window.text, window.at):
                window.at = match.start()
                return True
            window.at = max(window.at, len(window.text) - _LONGEST_MARK)
            if not window.more():
                return False

    def _value(self) -> dict[str, Any]:
        """Return the object that begins here. Raises MalformedJSON."""
        try:
            value = self._window.value(LARGE)
        except TooLong:
            if self._next_content() is not None:
                raise
            value = self._window.value()  # a long message
        assert isinstance(value, dict)
        return value

    def _head(self) -> Pieces | None:
        """Return the conversation that begins here, without its messages; None if none begins here."""
        content = self._next_content()
        if content is None:
            return None
        window = self._window
        text = window.text[window.at : content[1] - window.offset]
        try:
            head = json.loads(text + ("]}" if text.endswith("[") else "}}"), strict=False)
        except (ValueError, RecursionError):
            return None
        if not isinstance(head, dict):
            return None
        pieces = Pieces.of(head, self._left)
        return pieces if pieces.begun else None

    def _next_content(self) -> tuple[int, int] | None:
        """Return start and end of the next `_CONTENT`, if it can belong to an object that begins here."""
        window = self._window
        place = window.offset + window.at
        while len(window.text) - window.at < LONGEST_HEAD and window.more():
            pass
        if self._content is None or self._content[0] < place:
            begin = max(place, self._searched - _LONGEST_MARK) - window.offset
            match = _CONTENT.search(window.text, begin, window.at + LONGEST_HEAD)
            self._content = None
            if match:
                self._content = (match.start() + window.offset, match.end() + window.offset)
            self._searched = place + LONGEST_HEAD
        if self._content is None or self._content[1] - place > LONGEST_HEAD:
            return None
        return self._content
