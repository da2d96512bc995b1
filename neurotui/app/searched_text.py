"""The texts of messages as they are looked through: plain, in letters as a search compares them.

A message that nobody looks at is not parsed, which would take a millisecond: its source is made plain by rule
(`neurotui.markdown.plain_text`), once and when it is wanted. A text that grows is made plain in whole lines.
"""

from __future__ import annotations

from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.letters import folded
from neurotui.chat.text import clean
from neurotui.markdown.plain_text import BOUNDARY, shown_text

REASONING, TEXT = 0, 1
"""The two texts of a message, in the order in which they stand."""

LARGE = 30_000
"""Characters of a text that does not grow from which on it is to be settled in a thread."""
_AT_ONCE = 20_000
"""Characters of a text that grows that are settled at a time."""
_BLANKS = "\n\t\xa0"
"""Are one blank in a row, as between the words that are looked for."""
_LONG = 2_000
"""Characters of a line that grows after which a part of it is final."""


class SearchedText:
    """One text of a message, plain and folded once it is looked through; it may grow at its end."""

    __slots__ = ("_fence", "_marked_up", "_rest", "_rough", "grows", "length", "pieces", "plain")

    def __init__(self, source: str, *, marked_up: bool, grows: bool = False) -> None:
        self.grows = grows
        self.length = len(source)
        """Characters of the source."""
        self.pieces: list[str] = []
        """What no more text changes."""
        self.plain: str | None = None if source or grows else ""
        """All of it, once it is plain and grows no more."""
        self._rest = source
        self._marked_up = marked_up
        self._fence = ""
        self._rough = ""

    def add(self, source: str) -> None:
        """Take more of the source."""
        self._rest += source
        self.length += len(source)

    def settle(self) -> None:
        """Make plain what is final. A text that does not grow may be settled in a thread."""
        source = self._rest
        if not self.grows:
            if self.plain is None:
                self.plain = "".join([*self.pieces, self._plain(source)[0]])
                self._rest = self._rough = ""
            return
        end = source.rfind("\n", 0, _AT_ONCE) + 1
        if not end and len(source) > _LONG:
            end = source.rfind(" ", 0, _LONG) + 1 or _LONG
        if end:
            plain, self._fence = self._plain(source[:end])
            self.pieces.append(plain)
            self._rest = source[end:]

    def rest(self) -> str:
        """Return the line that is not complete; nothing while much is to be settled before it."""
        return self._plain(self._rest)[0] if 0 < len(self._rest) <= _AT_ONCE else ""

    def rough(self) -> str:
        """Return about what is in the text, quicker than by making it plain."""
        if self.pieces and not self.grows:
            self.settle()  # it is plain but for its last line
        if self.plain is not None:
            return self.plain
        if not self._rough:
            rough = folded(self._rest)
            self._rough = rough.replace("*", "").replace("`", "") if self._marked_up else rough
        return self._rough

    def _plain(self, source: str) -> tuple[str, str]:
        plain, fence = shown_text(source, self._fence) if self._marked_up else (clean(source), "")
        plain = folded(plain)
        for blank in _BLANKS:
            plain = plain.replace(blank, " ")
        while "  " in plain:
            plain = plain.replace("  ", " ")
        return plain, fence


Searched = tuple[SearchedText, SearchedText]
"""The reasoning and the text of a message."""

_NOTHING = SearchedText("", marked_up=False)


def searched(message: Message, text: str | None = None, reasoning: str | None = None) -> Searched:
    """Return the texts of a message; `text` and `reasoning` where more came than it has itself."""
    text = message.text if text is None else text
    reasoning = message.reasoning if reasoning is None else reasoning
    grows = message.status is Status.RUNNING
    own = SearchedText(text, marked_up=message.role is Role.ASSISTANT, grows=grows)
    if message.tool_calls and not grows:
        own.settle()
        calls = [BOUNDARY + folded(clean(call.arguments)) for call in message.tool_calls]
        own.plain = "".join([own.plain or "", *calls])
    if not reasoning and not grows:
        return _NOTHING, own
    return SearchedText(reasoning, marked_up=True, grows=grows), own
