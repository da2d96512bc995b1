"""Chips: signs in the text of an input for the files that go with the message.

A chip, such as `[report.md · 12 KB · ≈ 3,100 tok]`, stands where the file was put, is deleted as one
character, and comes back by undo as any text does. A draft on the disk has one U+FFFC for each.

As the message is sent, a chip leaves the name of its file where that is a word of it: between words, and then
all do, or behind words that end no sentence ("what is wrong in …"). Other chips leave nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from neurotui.app.attachments.attachment_text import attachment_label
from neurotui.app.signs import Signs
from neurotui.chat.attachments import OBJECT, Attachment, AttachmentKind, Draft
from neurotui.chat.text import clean_line
from neurotui.chat.token_rates import TokenRates
from neurotui.wire.price import Price

_LONGEST_NAME = 60
"""A chip shows so many characters of a name at most."""
_BLANKS = re.compile(r"[ \t]+")
_ENDS = ".?!…:;,)"
"""Signs that end a sentence, or a part of one."""


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
        """The name of the file; empty for what was pasted and is no file."""
        is_file = self.attachment is not None and self.attachment.facts.path
        return self.attachment.name if self.attachment is not None and is_file else ""

    @property
    def is_reading(self) -> bool:
        """True while the file is being read."""
        return self.attachment is None and bool(self.sign)


class Chips:
    """The chips of one input."""

    def __init__(self) -> None:
        self.price: Callable[[], Price | None] = lambda: None
        """Returns what the model costs; None if that is not known."""
        self.rates: Callable[[], TokenRates | None] = lambda: None
        """Returns what was learnt of how the model counts; None if that is not known."""
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
        self.fill(chip, attachment, attachment_label(attachment, self.price(), self.rates()))
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

    def lead(self, text: str) -> str:
        """Return the beginning of a text that is chips and blanks alone; empty if no chip is there."""
        end, is_led = 0, False
        for part, chip in self.parts(text):
            if chip is None and part.strip():
                return text[: end + len(part) - len(part.lstrip())] if is_led else ""
            end, is_led = end + len(part), is_led or chip is not None
        return ""

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
    named = _named(pieces)
    text = ""
    for at, piece in enumerate(pieces):
        word = piece if isinstance(piece, str) else clean_line(piece.file_name, 400) if at in named else ""
        # A chip has a blank of its own behind it.
        if at and isinstance(pieces[at - 1], Chip) and (gap := _BLANKS.match(word)):
            word = word[gap.end() - (not text[-1:].isspace()) :]
        text += word
    chips = (piece.attachment for piece in pieces if isinstance(piece, Chip))
    return Draft(text.strip(), tuple(dict.fromkeys(each for each in chips if each is not None)))


def _named(pieces: Sequence[str | Chip]) -> range:
    """Return the pieces whose names are words of the message, if they are chips."""
    words = [at for at, piece in enumerate(pieces) if isinstance(piece, str) and piece.strip()]
    if not words:
        return range(0)
    if any(isinstance(piece, Chip) for piece in pieces[words[0] : words[-1]]):
        return range(len(pieces))
    last = str(pieces[words[-1]])
    behind = pieces[words[-1] + 1 :]
    is_open = "\n" not in last[len(last.rstrip()) :] and last.rstrip()[-1] not in _ENDS
    return range(words[-1] + 1, len(pieces)) if behind and is_open else range(0)


def as_kept(draft: Draft) -> str:
    """Return the text of a draft on the disk, with a place for each file."""
    without = len(draft.attachments) - draft.text.count(OBJECT)
    return draft.text + OBJECT * without


def shown(draft: Draft, chips: Chips) -> Iterator[str | Chip]:
    """Yield the pieces of an input that shows a draft.

    Files that have no place in the text, as those of a message that was sent, stand on a line below it.
    """
    files = iter(draft.attachments)
    written: str | Chip = ""
    for at, text in enumerate(draft.text.split(OBJECT)):
        if at and (attachment := next(files, None)) is not None:
            yield (written := chips.put(attachment))
        if text:
            yield (written := text)
    for attachment in files:
        if not isinstance(written, str):
            yield " "
        elif written and not written.endswith("\n"):
            yield "\n"
        yield (written := chips.put(attachment))


def pasted_text(chip: Chip) -> str:
    """Return the text that a chip stands for, if it was pasted; empty for a file."""
    is_paste = chip.attachment is not None and chip.attachment.kind is AttachmentKind.PASTE
    return chip.attachment.text if chip.attachment is not None and is_paste else ""
