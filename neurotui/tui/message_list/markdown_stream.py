"""Markdown on its way to the screen, read in slices so that no text keeps a key waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

from neurotui.markdown.blocks import Block, Code, ContainerPrefix
from neurotui.markdown.document import Document
from neurotui.markdown.layout import LaidOutBlock, laid_out

SLICE = 4_000
"""Number of characters that are read at a time, at most: about 5 ms of work, at worst 30."""
LINES = 40
"""Number of lines that are read at a time, at most: each may be a paragraph of its own."""


class MarkdownStream:
    """A text in Markdown as units, growing at its end."""

    def __init__(
        self,
        text: str,
        frame: ContainerPrefix | None = None,
        base: str = "",
        joints: Sequence[int] = (),
    ) -> None:
        """`joints` are where continuations begin in the text (characters): their lines are marked."""
        self.units: list[LaidOutBlock] = []
        self._settled = 0  # units that are settled; the last of them may still grow
        self._source = text
        self._at = 0  # before it, the source is read
        self._ended = self._finished = False
        self._rereading = False  # because the document turned out stale
        self._whole = ""
        self._document = Document()
        self._taken = 0  # blocks of the document that are in units
        self._frame = frame
        self._base = base
        self._joints = joints
        self._joints_left = list(joints)
        self._before: list[tuple[list[LaidOutBlock], bool]] = []
        """For each joint what was before it, and whether a line had ended there; until its unit is there."""
        self._fed = 0

    @property
    def reading(self) -> bool:
        """True if a part of the text is not read yet."""
        return self._is_behind or self._ended is not self._finished

    @property
    def _is_behind(self) -> bool:
        return self._at < len(self._source)

    def take(self, text: str) -> None:
        """Append text that is to be read."""
        self._source, self._at = self._source[self._at :] + text, 0

    def end(self, text: str) -> None:
        """Mark the stream as complete; `text` is the whole text."""
        self._whole = text
        self._ended = True

    def read(self, until: float) -> int:
        """Read on until `until` (`time.monotonic()`) or the end; return the first index that changed."""
        changed = max(0, self._settled - 1)
        while self._is_behind:
            end = self._end_of_slice()
            if self._joints_left:
                end = min(end, self._at + self._joints_left[0] - self._fed)
            slice_, self._at = self._source[self._at : end], end
            self._document.feed(slice_)
            self._fed += len(slice_)
            if self._joints_left[:1] == [self._fed]:
                self._note_joint(slice_)
            if monotonic() > until:
                break
        if not self._is_behind:
            self._source, self._at = "", 0
        if self._ended and not self._is_behind:
            self._document.finish()
            if self._document.stale:
                self._again()
                return self.read(until)
            self._finished = True
        if self._rereading:
            if not self._finished:
                return len(self.units)  # the units stay until all is read
            self._rereading = False
            self._taken = self._settled = changed = 0
        self._stack()
        if self._finished:
            self._mark_joints()
        return changed

    def _end_of_slice(self) -> int:
        """Return where the next slice ends, which has a limited number of characters and of lines."""
        end, most = self._at, self._at + SLICE
        for _line in range(LINES):
            end = self._source.find("\n", end, most) + 1
            if not end:
                return most
        return end

    def _again(self) -> None:
        """Read everything again with a document that knows what the stale one learnt too late."""
        self._document = self._document.again()
        self._source, self._at = self._whole, 0
        self._rereading = True
        self._fed, self._joints_left = 0, list(self._joints)
        self._before.clear()

    def _stack(self) -> None:
        del self.units[self._settled :]
        if self.units:
            self.units[-1].show(())  # its unsettled rest may have become a unit of its own
        blocks = self._document.blocks
        for block in blocks[self._taken :]:
            self._add(block)
        self._taken = len(blocks)
        self._settled = len(self.units)
        more: list[Block] = []  # of the last unit, not settled
        for block in map(self._framed, self._document.peek()):
            if not block.continues:
                if self.units:
                    self.units[-1].show(more)
                self.units.append(LaidOutBlock(block, self._base))
                more = []
            else:
                more.append(block)
        if self.units:
            self.units[-1].show(more)

    def _note_joint(self, slice_: str) -> None:
        """Keep what the text before a joint looks like by itself."""
        self._joints_left.pop(0)
        blocks = map(self._framed, (*self._document.blocks, *self._document.peek()))
        self._before.append((laid_out(list(blocks)), slice_.rstrip(" \t").endswith("\n")))

    def _mark_joints(self) -> None:
        """Mark the line in which each continuation begins, now that all units are there."""
        for before, on_next_line in self._before:
            at = len(before) - 1
            if 0 <= at < len(self.units) and self.units[at].content != before[at].content:
                self.units[at].join(before[at], on_next_line=on_next_line)
            elif 0 <= at + 1 < len(self.units):
                self.units[at + 1].join(None)
        self._before.clear()

    def _add(self, block: Block) -> None:
        block = self._framed(block)
        if self.units and self.units[-1].goes_on_with(block):
            self.units[-1].add(block)
        else:
            self.units.append(LaidOutBlock(block, self._base))

    def _framed(self, block: Block) -> Block:
        if self._frame is None:
            return block
        if isinstance(block, Code):
            block = replace(block, number=0)
        return replace(block, frames=(self._frame, *block.frames))
