"""Chips: signs in the text of an input for the files that go with the message.

A chip, such as `[report.md · 12 KB · ~3,100 tok]`, stands where the file was put, is deleted as one
character, and comes back by undo as any text does. A draft on the disk has one U+FFFC for each. As the
message is sent, a chip between words leaves the name of its file there, and then all do, so that "compare …
with …" still says what; chips before the words or behind them leave nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from neurotui.app.attachment_text import attachment_label
from neurotui.app.signs import Signs
from neurotui.chat.attachments import OBJECT, Attachment, Draft
from neurotui.chat.text import clean_line

_LONGEST_NAME = 60
"""A chip shows so many characters of a name at most."""
_BLANKS = re.compile(r"[ \t]+")


@dataclass(eq=False, slots=True)
class Chip:
    """A file of the message that is being written."""

    name: str
    sign: str = ""
    """The sign that it has now; empty if the file could not be read."""
    attachment: Attachment | None = None
    """None until the file was read."""

    @property
    def file_name(self) -> str:
        """The name of the file; empty for a text that was pasted."""
        return self.name if self.attachment is None else self.attachment.name

    @property
    def is_reading(self) -> bool:
        """True while the file is being read."""
        return self.attachment is None and bool(self.sign)


class Chips:
    """The chips of one input."""

    def __init__(self) -> None:
        self._signs: Signs[Chip] = Signs()

    def begin(self, name: str) -> Chip:
        """Return a chip for a file that is being read."""
        chip = Chip(name)
        chip.sign = self._signs.add(f"[{clean_line(name, _LONGEST_NAME)} …]", chip)
        return chip

    def put(self, attachment: Attachment) -> Chip:
        """Return the chip of an attachment, the one that is there already if there is one."""
        for _sign, chip in self._signs.items():
            if chip.attachment == attachment:
                return chip
        chip = Chip(attachment.name)
        self.fill(chip, attachment, attachment_label(attachment))
        return chip

    def fill(self, chip: Chip, attachment: Attachment, label: str) -> None:
        """Give a chip its file, as it was read, and its label for a sign."""
        chip.attachment = attachment
        chip.sign = self._signs.add(f"[{label}]", chip)

    def parts(self, text: str) -> Iterator[tuple[str, Chip | None]]:
        """Yield the parts of a text in their order: texts, and signs with their chips."""
        return self._signs.parts(text)

    def spans(self, line: str) -> Iterator[tuple[int, int]]:
        """Iterate over the beginnings and ends of the chips in a line of the input."""
        return self._signs.spans(line)

    def within(self, text: str) -> list[Chip]:
        """Return the chips in a text, each once, in their order."""
        return list(dict.fromkeys(chip for _part, chip in self.parts(text) if chip is not None))

    def at(self, line: str, column: int) -> Chip | None:
        """Return the chip that begins at a column of a line; None if none does."""
        return self._signs.at(line, column)

    def clear(self) -> None:
        """Forget all chips; their signs are text like any other then."""
        self._signs.clear()


def as_draft(pieces: Iterable[str | Chip]) -> Draft:
    """Return what is kept of an input: an object character in the text for each file."""
    text, attachments = "", []
    for piece in pieces:
        if isinstance(piece, str):
            text += piece.replace(OBJECT, "")
        elif piece.attachment is not None:
            text += OBJECT
            attachments.append(piece.attachment)
    return Draft(text, tuple(attachments))


def as_message(pieces: Iterable[str | Chip]) -> Draft:
    """Return what is sent of an input: the words, and the files, each once."""
    pieces = [piece.replace(OBJECT, "") if isinstance(piece, str) else piece for piece in pieces]
    words = [at for at, piece in enumerate(pieces) if isinstance(piece, str) and piece.strip()]
    chips = {at: piece for at, piece in enumerate(pieces) if isinstance(piece, Chip)}
    named = bool(words) and any(words[0] < at < words[-1] for at in chips)
    text = ""
    for at, piece in enumerate(pieces):
        word = piece if isinstance(piece, str) else clean_line(piece.file_name, 400) if named else ""
        if at - 1 in chips and (gap := _BLANKS.match(word)):  # a chip has a blank of its own behind it
            word = word[gap.end() - (not text[-1:].isspace()) :]
        text += word
    files = dict.fromkeys(chip.attachment for chip in chips.values() if chip.attachment is not None)
    return Draft(text.strip(), tuple(files))


def as_kept(draft: Draft) -> str:
    """Return the text of a draft on the disk, with a place for each file."""
    without = len(draft.attachments) - draft.text.count(OBJECT)
    return draft.text + OBJECT * without


def shown(draft: Draft, chips: Chips) -> Iterator[str | Chip]:
    """Yield the pieces of an input that shows a draft.

    Files that have no place in the text, as those of a message that was sent, stand behind it.
    """
    files = iter(draft.attachments)
    written: str | Chip = ""
    for at, text in enumerate(draft.text.split(OBJECT)):
        if at and (attachment := next(files, None)) is not None:
            yield (written := chips.put(attachment))
        if text:
            yield (written := text)
    for attachment in files:
        if not isinstance(written, str) or (written and not written[-1].isspace()):
            yield " "
        yield (written := chips.put(attachment))
