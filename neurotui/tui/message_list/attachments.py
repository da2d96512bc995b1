"""The files of a message as parts of it: a line each, and under a picture the picture."""

from __future__ import annotations

from collections.abc import Iterator, Set

from neurotui.app.attachments.attachment_text import is_lost, lost_label, sent_label
from neurotui.app.things import file_label
from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Message, Role
from neurotui.i18n import _
from neurotui.markdown.blocks import Span
from neurotui.markdown.layout import readable
from neurotui.markdown.wrap import LaidOutLine, wrap
from neurotui.tui.message_list.parts import Fixed, Part, blank
from neurotui.tui.message_list.pictures import FILE, Box, Pictures, fitting, in_use
from neurotui.wire.parts import Blob


def label(message: Message, attachment: Attachment, lost: Set[Blob] = frozenset()) -> str:
    """Return the line about a file: that it is lost, or what it is."""
    if is_lost(attachment, lost):
        return lost_label(attachment)
    return sent_label(attachment) if message.role is Role.USER else file_label(attachment)


class AttachmentParts:
    """The parts for the files of a message, made once for the same files."""

    def __init__(self) -> None:
        self._made_of: object = None
        self._parts: list[Part] = []

    def of(self, message: Message, lost: Set[Blob] = frozenset()) -> list[Part]:
        """Return the parts for a message, in a list that must not be changed; some files may be lost."""
        if not message.attachments:
            return []
        pictures = in_use()
        graphics = pictures.graphics if pictures is not None else None
        made_of = (message.attachments, graphics, message.is_blank, lost)
        if made_of != self._made_of:
            self._made_of, self._parts = made_of, list(_parts(message, pictures, lost))
        return self._parts


def _parts(message: Message, pictures: Pictures | None, lost: Set[Blob]) -> Iterator[Part]:
    if not message.is_blank:
        yield Fixed(blank)
    for attachment in message.attachments:
        yield _named(label(message, attachment, lost), attachment)
        if not is_lost(attachment, lost) and pictures is not None and pictures.draws(attachment):
            yield PicturePart(attachment, pictures)


def _named(words: str, attachment: Attachment) -> Part:
    spans = [Span("▣ ", "dim"), Span(words, "target", f"{FILE}{attachment.blob.digest}")]
    return Fixed(lambda width: wrap(spans, readable(width), rest=(Span("  "),)))


class PicturePart(Fixed):
    """A picture, in a box whose size is known before it is decoded, and follows the window's."""

    def __init__(self, attachment: Attachment, pictures: Pictures) -> None:
        super().__init__(self._make)
        self._attachment = attachment
        self._pictures = pictures
        self._box = Box(1, 1)

    def estimate(self, width: int) -> int:
        return self._fitting(width).rows

    def exact(self, width: int) -> bool:
        return super().exact(width) and self._box == self._fitting(width)

    def lay_out(self, width: int) -> int:
        if not self.exact(width):
            self._width = 0
        return super().lay_out(width)

    def line(self, index: int) -> LaidOutLine:
        """Return a line; the picture is asked for with the first one that is shown."""
        drawn = self._pictures.lines(self._attachment, self._box)
        if drawn is None:
            return self._lines[index]
        if not drawn and index == 0:
            words = _("This picture cannot be drawn")
            return LaidOutLine((Span(words, "dim"),), len(words))
        return drawn[index] if index < len(drawn) else self._lines[index]

    def _make(self, width: int) -> list[LaidOutLine]:
        self._box = self._fitting(width)
        return [LaidOutLine()] * self._box.rows

    def _fitting(self, width: int) -> Box:
        return fitting(self._attachment, readable(width), self._pictures.most_rows)
