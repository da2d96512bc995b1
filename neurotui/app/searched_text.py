"""The texts of messages in the form that is searched: plain, with folded letters.

A message is not parsed for the search, which would take a millisecond: its source is made plain by rules
(`neurotui.markdown.plain_text`), once and on demand. A growing text is made plain in whole lines.
"""

from __future__ import annotations

from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.letters import folded
from neurotui.chat.text import clean
from neurotui.markdown.plain_text import BOUNDARY, shown_text

REASONING, TEXT = 0, 1
"""Indices of the two texts of a message, in the order in which they are shown."""

LARGE = 30_000
"""Size of a complete text above which it should be settled in a thread (characters)."""
_AT_ONCE = 20_000
"""Largest piece of a growing text that is settled at a time (characters)."""
_BLANKS = "\n\t\xa0"
"""Blanks; a run of them counts as one space, as in a query."""
_LONG = 2_000
"""Length of a growing line from which on its beginning is settled (characters)."""


class SearchedText:
    """One text of a message, made plain and folded on demand; it may grow at its end."""

    __slots__ = ("_fence", "_marked_up", "_rest", "_rough", "grows", "length", "pieces", "plain")

    def __init__(self, source: str, *, marked_up: bool, grows: bool = False) -> None:
        self.grows = grows
        self.length = len(source)
        """Length of the source (characters)."""
        self.pieces: list[str] = []
        """Plain pieces that are final."""
        self.plain: str | None = None if source or grows else ""
        """The whole plain text; None until the text is complete and settled."""
        self._rest = source
        self._marked_up = marked_up
        self._fence = ""
        self._rough = ""

    def add(self, source: str) -> None:
        """Append to the source."""
        self._rest += source
        self.length += len(source)

    def settle(self) -> None:
        """Make the final part plain. A complete text may be settled in a thread."""
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
        """Return the rest that is not settled; empty if it is longer than can be made plain at once."""
        return self._plain(self._rest)[0] if 0 < len(self._rest) <= _AT_ONCE else ""

    def rough(self) -> str:
        """Return an approximation of the plain text, which is quicker to make."""
        if self.pieces and not self.grows:
            self.settle()  # only the last line is left
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
    """Return the texts of a message; `text` and `reasoning` replace its own if more has come since."""
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
