"""The texts of messages as they are looked through: plain, in letters as a search compares them.

A message that nobody looks at is not parsed, which would take a millisecond: its source is made plain by rule
(`neurotui.markdown.plain_text`), once and when it is wanted. A text that grows is made plain in whole lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.letters import folded
from neurotui.chat.text import clean
from neurotui.markdown.plain_text import BOUNDARY, shown_text

REASONING, TEXT = 0, 1
"""The two texts of a message, in the order in which they stand."""

_LONG = 2_000
"""Characters of a line that grows after which a part of it is final."""
_SPECIAL = re.compile(r"[\\&$\ue200]")
"""Signs that stand for letters."""


class SearchedText:
    """One text of a message, plain and folded once it is looked through; it may grow at its end."""

    __slots__ = ("_fence", "_marked_up", "_rest", "grows", "length", "pieces")

    def __init__(self, source: str, *, marked_up: bool, grows: bool = False) -> None:
        self.grows = grows
        self.length = len(source)
        """Characters of the source."""
        self.pieces: list[str] = []
        """What no more text changes."""
        self._rest = source
        self._marked_up = marked_up
        self._fence = ""

    def add(self, source: str) -> None:
        """Take more of the source."""
        self._rest += source
        self.length += len(source)

    def settle(self) -> None:
        """Make plain what is final. A text that does not grow may be settled in a thread."""
        source = self._rest
        if not self.grows:
            if source:
                self.pieces = [*self.pieces, self._plain(source)[0]]
                self._rest = ""
            return
        end = source.rfind("\n") + 1 or (source.rfind(" ") + 1 if len(source) > _LONG else 0)
        if end:
            plain, self._fence = self._plain(source[:end])
            self.pieces.append(plain)
            self._rest = source[end:]

    def rest(self) -> str:
        """Return what is not final: the line that is not complete."""
        return self._plain(self._rest)[0] if self._rest else ""

    def may_hold(self, words: Iterable[str]) -> bool:
        """True if the words may be in the text; quick where it was not made plain yet."""
        if not self._rest or self.pieces:
            return self.length > 0
        rough = folded(self._rest)
        if self._marked_up:
            rough = rough.replace("*", "").replace("`", "")
        return all(word in rough for word in words) or _SPECIAL.search(rough) is not None

    def _plain(self, source: str) -> tuple[str, str]:
        if not self._marked_up:
            return folded(clean(source)), ""
        plain, fence = shown_text(source, self._fence)
        return folded(plain), fence


Searched = tuple[SearchedText, SearchedText]
"""The reasoning and the text of a message."""

_NOTHING = SearchedText("", marked_up=False)


def searched(message: Message, text: str | None = None, reasoning: str | None = None) -> Searched:
    """Return the texts of a message; `text` and `reasoning` where more came than it has itself."""
    text = message.text if text is None else text
    reasoning = message.reasoning if reasoning is None else reasoning
    grows = message.status is Status.RUNNING
    own = SearchedText(text, marked_up=message.role is Role.ASSISTANT, grows=grows)
    if message.tool_calls:
        own.settle()
        own.pieces += [BOUNDARY + folded(clean(call.arguments)) for call in message.tool_calls]
    if not reasoning and not grows:
        return _NOTHING, own
    return SearchedText(reasoning, marked_up=True, grows=grows), own
