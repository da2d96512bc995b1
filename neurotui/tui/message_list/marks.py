"""The marks of hits in the lines of messages, made only where they are about to be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple
from weakref import WeakSet

from neurotui.app.searched_text import TEXT
from neurotui.markdown.marking import Find
from neurotui.tui.message_list.parts import Part
from neurotui.tui.message_list.viewport import Viewport


class Here(NamedTuple):
    """Position of the reader's hit: the message, which of its texts, the part of the text, the hit in it.

    The part is kept as a number because the last part of a growing text is a new object after each frame.
    """

    message: int = -1
    text: int = TEXT
    part: int = 0
    hit: int = -1


class Marks:
    """The marks of the hits in the messages of a viewport."""

    def __init__(self, stack: Viewport) -> None:
        self._stack = stack
        self.find: Find | None = None
        """Finds the hits in a text; None if nothing is to be marked."""
        self._marked: WeakSet[Part] = WeakSet()  # weakly: parts of a growing text come and go
        self._here = Here()

    def mark_window(self, wanted: Callable[[int], bool]) -> Iterator[int]:
        """Mark the hits in the window in all messages that are `wanted`; yield the index of each of these."""
        stack = self._stack
        index, first, rows = stack.top.view, stack.top.part, stack.rows + stack.top.line
        while rows > 0 and index < len(stack.views):
            view, wants = stack.views[index], wanted(index)
            here = self._part_of(self._here) if index == self._here.message else -1
            for at in range(first, len(view.parts)):
                part = view.parts[at]
                if rows <= 0 or not part.exact(stack.column):
                    break
                if wants:
                    part.mark(self.find, self._here.hit if at == here else -1)
                    self._marked.add(part)
                rows -= view.heights[at]
            if wants:
                yield index
            index, first = index + 1, 0

    def take(self, here: Here) -> None:
        """Mark the hit at `here` as the reader's, and the previous one as an ordinary hit."""
        before, self._here = self._here, here
        for each, hit in ((before, -1), (here, here.hit)):
            parts = (
                self._stack.views[each.message].parts if 0 <= each.message < len(self._stack.views) else []
            )
            at = self._part_of(each)
            if 0 <= at < len(parts):
                parts[at].mark(self.find, hit)
                self._marked.add(parts[at])

    def clear(self) -> None:
        """Remove all marks."""
        for part in self._marked:
            part.mark(None)
        self._marked.clear()
        self.find, self._here = None, Here()

    def _part_of(self, here: Here) -> int:
        """Return the index of the part with a hit among the parts of now; -1 if it is not shown."""
        if not 0 <= here.message < len(self._stack.views):
            return -1
        view = self._stack.views[here.message]
        if view.raw or here.text == TEXT:
            return view.text_at + here.part
        return 1 + here.part if view.unfolded else -1
