"""What the tokens of a request are estimated from: characters by script, messages, pictures. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from neurotui.chat.attachments import content, pictures
from neurotui.chat.conversation import Message, Role
from neurotui.chat.tokens import content_tokens

if TYPE_CHECKING:
    from neurotui.wire.parts import Content

_PIECE = 200_000
"""Characters that are counted without a pause."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of what a request holds."""

    latin: int = 0
    """Characters of ASCII, the blanks among them."""
    cyrillic: int = 0
    other: int = 0
    """Characters of any other script."""
    messages: int = 0
    pictures: int = 0
    fixed: int = 0
    """Tokens of sounds and documents, which are estimated from their size alone."""

    def __add__(self, more: Counts) -> Counts:
        return Counts(*map(int.__add__, astuple(self), astuple(more)))


def total(counts: Iterable[Counts]) -> Counts:
    """Return the sum of counts."""
    columns = zip(
        *((c.latin, c.cyrillic, c.other, c.messages, c.pictures, c.fixed) for c in counts), strict=True
    )
    return Counts(*map(sum, columns))


def counts_of_text(text: str) -> Counts:
    """Count the characters of a text by script, quickly: as far as two encodings hold them."""
    if text.isascii():
        return Counts(len(text))
    if len(text) > _PIECE:  # a piece at a time, so that other threads have their turns
        return total(counts_of_text(text[at : at + _PIECE]) for at in range(0, len(text), _PIECE))
    latin = len(text.encode("ascii", "ignore"))
    cyrillic = len(text.encode("iso8859_5", "ignore")) - latin
    return Counts(latin, cyrillic, len(text) - latin - cyrillic)


def counts_of_content(said: Content) -> Counts:
    """Count what one message of a request says."""
    from neurotui.wire.parts import AudioPart, FilePart, ImagePart, text_of

    found = counts_of_text(text_of(said)) + Counts(messages=1)
    if isinstance(said, str):
        return found
    others = tuple(part for part in said if isinstance(part, AudioPart | FilePart))
    shown = sum(isinstance(part, ImagePart) for part in said)
    return found + Counts(pictures=shown, fixed=content_tokens(others))


def counts_of_message(message: Message) -> Counts:
    """Count a message of a conversation as a later request carries it."""
    if message.role is not Role.ASSISTANT:
        return counts_of_content(content(message.text, message.attachments))
    shown = sum(1 for _each in pictures(message.attachments))
    return counts_of_content(message.text) + Counts(pictures=shown)
