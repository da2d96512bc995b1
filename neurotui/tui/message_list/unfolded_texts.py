"""The texts of a question's files, below it once they are unfolded. What is searched are its words alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neurotui.chat.attachment_words import attachment_name
from neurotui.chat.attachments import Attachment
from neurotui.chat.text import clean
from neurotui.markdown.marking import Find
from neurotui.markdown.wrap import LaidOutLine
from neurotui.tui.message_list.parts import Fixed, Part, blank, plain, plain_parts


def foldable(attachments: Sequence[Attachment]) -> list[Attachment]:
    """Return the files that have a text to unfold."""
    return [attachment for attachment in attachments if attachment.text]


def unfolded_texts(attachments: Sequence[Attachment]) -> Iterator[Part]:
    """Yield the texts of files as parts, each below its name."""
    for attachment in foldable(attachments):
        yield Fixed(blank)
        yield plain(f"▾ {attachment_name(attachment)}", "dim")
        yield from map(Unsearched, plain_parts(attachment.text.rstrip("\n"), clean, "reasoning"))


class Unsearched:
    """A part in which nothing is found."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self.estimate = part.estimate
        self.exact = part.exact
        self.lay_out = part.lay_out
        self.line_of_hit = part.line_of_hit

    def line(self, index: int) -> LaidOutLine:
        return self._part.line(index)

    def count_hits(self, find: Find) -> int:
        return 0

    def mark(self, find: Find | None, here: int = -1) -> None:
        """Do nothing."""
