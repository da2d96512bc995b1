"""One message as a stack of units: its header, its reasoning, its text, its tool calls, its receipt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from neurotui.app import wording
from neurotui.app.continuing import was_refused
from neurotui.app.links import openable
from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.receipts import receipt
from neurotui.chat.text import clean, clean_line, reveal
from neurotui.i18n import _
from neurotui.markdown.blocks import Code, ContainerPrefix, Span
from neurotui.markdown.highlight import Highlighter
from neurotui.markdown.layout import LaidOutBlock, readable
from neurotui.markdown.wrap import LaidOutLine, wrap
from neurotui.tui.message_list.attachments import AttachmentParts
from neurotui.tui.message_list.header import QUESTION, Header
from neurotui.tui.message_list.heights import HeightIndex
from neurotui.tui.message_list.last_thoughts import LastThoughts
from neurotui.tui.message_list.markdown_stream import MarkdownStream
from neurotui.tui.message_list.parts import Fixed, Part, blank, plain, plain_parts
from neurotui.tui.message_list.unfolded_texts import foldable, unfolded_texts
from neurotui.wire.parts import Blob

_CUT = {Status.CUT, Status.LENGTH, Status.FILTERED}
_THOUGHT = ContainerPrefix("", "┆")
_FIRM = "\N{NO-BREAK SPACE}"
_BLANKS = re.compile(r"[ \t\n]+")
_UNIT = re.compile(r"(?<=\d) (?=\w{1,3}\b)| (?=—)")
"""The space between a number and its unit, and the one before a dash."""


class MessageView:
    """One message as it is shown."""

    def __init__(
        self,
        message: Message,
        alternatives: tuple[int, int] | None = None,
        *,
        left_out: bool = False,
        after: float | None = None,
    ) -> None:
        self.message = message
        self.alternatives = alternatives
        self.left_out = left_out
        """True if requests no longer carry the message."""
        self.after = after
        """Time of the message above; None if there is none."""
        self.raw = False
        self.unfolded = False
        self.parts: list[Part] = []
        """From the top; empty until the message is read for the first time."""
        self.heights = HeightIndex()
        """Heights of the parts: exact for those that are laid out, estimates for the others."""
        self._width = 0
        self._text = [message.text]
        self._reasoning = [message.reasoning]
        self._counted, self._line_ends = "", 0
        self._files = AttachmentParts()
        self._lost: frozenset[Blob] = frozenset()
        self._thoughts: MarkdownStream | None = None
        self._body: MarkdownStream | None = None
        self._last_thoughts: LastThoughts | None = None
        """Only while reasoning comes that is folded."""
        self.text_at = 0
        """Index of the part that the text begins with; 0 as long as there are no parts."""

    @property
    def text(self) -> str:
        """The source of the text."""
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0]

    @property
    def reasoning(self) -> str:
        """The source of the reasoning."""
        if len(self._reasoning) > 1:
            self._reasoning = ["".join(self._reasoning)]
        return self._reasoning[0]

    @property
    def has_reasoning(self) -> bool:
        """True if there is reasoning other than blanks."""
        return any(piece and not piece.isspace() for piece in self._reasoning)

    @property
    def has_fold(self) -> bool:
        """True if there is something to unfold: reasoning, or the text of a question's file."""
        return self.has_reasoning or bool(self._texts())

    @property
    def reading(self) -> bool:
        """True if a part of the message is not read yet: `read` goes on."""
        return any(flow is not None and flow.reading for flow in (self._thoughts, self._body))

    @property
    def text_end(self) -> int:
        """Index of the first part after those of the text that were read."""
        return self.text_at + (len(self._body.units) if self._body is not None else 0)

    def estimate(self, cells: int) -> int:
        """Estimate the number of lines from the size alone, for prose that is `cells` wide."""
        text = self._text[0]
        if text is not self._counted:  # a resize estimates all messages, and few of them have changed
            self._counted, self._line_ends = text, text.count("\n")
        apart = self.after is not None and self.message.role is Role.USER
        return 3 + apart + self._line_ends + len(text) // cells

    def resize(self, width: int) -> int:
        """Set the width of the column and return the height, which may be an estimate."""
        if not self.parts:
            return self.estimate(readable(width))
        if width != self._width or self.message.attachments:  # pictures follow the height of the window
            self._width = width
            self.heights = HeightIndex(self._height(part) for part in self.parts)
        return self.heights.total

    def read(self, width: int, until: float) -> bool:
        """Read on until `until` (`time.monotonic()`); return False if something is left to read."""
        if not self.parts:
            self._width = width
            self._begin()
        if self._thoughts is not None and self._thoughts.reading:
            self._thoughts.read(until)
            self._stack()
        if self._body is not None and self._body.reading:
            self._stack_body(self._body.read(until))
        return not self.reading

    def update(self, message: Message) -> None:
        """Replace the message; parts that were read are kept if the new text continues the old one."""
        text, reasoning = self.text, self.reasoning
        same = message.role is self.message.role and message.text.startswith(text)
        same &= self.message.status is Status.RUNNING or message.text == text  # what has ended takes no more
        self.message = message
        self._text, self._reasoning = [message.text], [message.reasoning]
        if not self.parts:
            return
        if not same or self._body is None or (self._thoughts is not None and message.reasoning != reasoning):
            self._begin()
            return
        self._body.take(message.text[len(text) :])
        self._end()
        self._stack()

    def mark_lost(self, lost: Set[Blob]) -> bool:
        """Mark the files that are lost; return False if that changes nothing."""
        mine = frozenset(each.sent_blob for each in self.message.attachments if each.sent_blob in lost)
        if mine == self._lost:
            return False
        self._lost = mine
        if self.parts:
            self._stack()
        return True

    def extend(self, text: str, reasoning: str) -> None:
        """Append pieces to the text and the reasoning."""
        header_changes = bool(text and not any(self._text)) or bool(reasoning and not any(self._reasoning))
        self._text.append(text)
        self._reasoning.append(reasoning)
        if self._thoughts is not None:
            self._thoughts.take(reasoning)
        if self._body is not None:
            self._body.take(text)
        elif self.parts and text:
            self._begin()
        if self.parts and header_changes:
            self._stack()
        elif reasoning and self._last_thoughts is not None:
            self._last_thoughts.take(reasoning)
            self.heights[1] = self._height(self._last_thoughts)

    def toggle_raw(self) -> None:
        """Switch between the source and the formatted text."""
        self.raw = not self.raw
        self._begin()

    def toggle_fold(self) -> bool:
        """Show or hide the reasoning, or the texts of files; return False if there are none."""
        if not self.has_fold:
            return False
        self.unfolded = not self.unfolded
        self._thoughts = self._unfolded_thoughts()
        self._end()
        self._stack()
        return True

    # Stacking

    def _begin(self) -> None:
        """Read both texts again from the beginning."""
        self._thoughts = self._unfolded_thoughts()
        marked_up = self.message.role is Role.ASSISTANT and not self.raw
        self._body = MarkdownStream(self.text, joints=self._joints()) if marked_up else None
        self._end()
        self._stack()

    def _unfolded_thoughts(self) -> MarkdownStream | None:
        shown = self.unfolded and self.has_reasoning
        return MarkdownStream(self.reasoning, _THOUGHT, "reasoning") if shown else None

    def _texts(self) -> Sequence[Attachment]:
        """Return the files of a question whose texts can be unfolded."""
        return foldable(self.message.attachments) if self.message.role is Role.USER else ()

    def _end(self) -> None:
        if self.message.status is not Status.RUNNING:
            if self._thoughts is not None:
                self._thoughts.end(self.reasoning)
            if self._body is not None:
                self._body.end(self.text)

    def _stack(self) -> None:
        """Stack all parts again; units keep their lines."""
        self.parts = [Fixed(self._header, 2)]
        if self._thoughts is not None:
            self.parts += [*self._thoughts.units, Fixed(blank)]
        self._last_thoughts = LastThoughts(self.reasoning) if self._only_reasons else None
        if self._last_thoughts is not None:
            self.parts.append(self._last_thoughts)
        self.text_at = len(self.parts)
        self.heights = HeightIndex(self._height(part) for part in self.parts)
        self._stack_body(0)

    @property
    def _only_reasons(self) -> bool:
        """True if reasoning comes, and is folded, and nothing else came yet."""
        begun = self.message.status is not Status.RUNNING or any(self._text)
        return not begun and not self.raw and not self.unfolded and self.has_reasoning

    def _stack_body(self, first: int) -> None:
        """Stack everything after the `first` parts of the text, which have not changed."""
        body: Sequence[Part] = self._body.units if self._body is not None else self._source()
        more: list[Part] = [*body[first:], *self._foot()]
        self.parts[self.text_at + first :] = more
        self.heights.replace(self.text_at + first, [self._height(part) for part in more])

    def _source(self) -> list[Part]:
        if self.message.role is Role.USER:
            return plain_parts(
                self.text, reveal if self.raw else clean, "raw" if self.raw else "", fill=QUESTION
            )
        if not self.raw:
            return plain_parts(self.text, clean)
        mark = self.message.mark
        before = f"{self.reasoning}{mark}" if mark else ""
        joints = [len(before) + joint for joint in self._joints()]
        return plain_parts(before + self.text, reveal, "raw", joints)

    def _joints(self) -> list[int]:
        """Return the joints that have text on both sides."""
        return sorted({joint for joint in self.message.joints if 0 < joint < len(self.message.text)})

    def _height(self, part: Part) -> int:
        return part.lay_out(self._width) if part.exact(self._width) else part.estimate(self._width)

    def _foot(self) -> list[Part]:
        parts: list[Part] = []
        for call in self.message.tool_calls:
            title = _("The model asks for a tool; neurotui runs none: {name}").format(
                name=clean_line(call.name)
            )
            parts.append(plain(title, "notice"))
            arguments = clean(call.arguments).expandtabs(4).split("\n")
            code = Code(lines=Highlighter("json").finish(arguments), info="json", number=0)
            parts.append(LaidOutBlock(code))
        parts += self._files.of(self.message, self._lost)
        if self.unfolded:
            parts += unfolded_texts(self._texts())
        parts += self._sources()
        parts += self._receipt()
        parts.append(Fixed(blank))
        return parts

    def _sources(self) -> Iterator[Part]:
        """Yield the sources that the server named, as links."""
        if self.message.citations:
            yield Fixed(blank)
            yield plain(_("Sources"), "dim")
        for number, citation in enumerate(self.message.citations, 1):
            title = clean_line(citation.title) or clean_line(citation.url)
            mark = Span(f"[{number}] ", "dim")
            yield _linked(mark, Span(title, "link", citation.url) if openable(citation.url) else Span(title))

    def _receipt(self) -> Iterator[Part]:
        """Yield a line about how the message ended, and below it why and what to do."""
        message = self.message
        if wording.lacks_key(message) and message.error is not None:
            message = replace(message, error=replace(message.error, hint=wording.key_hint()))
        if was_refused(message) and message.error is not None:
            message = replace(message, error=replace(message.error, hint=""))
        ended = receipt(message, counted=False)
        if ended is None:
            return
        line, status = _firm(ended.line), self.message.status
        if status is Status.FAILED:
            yield plain(f"✗ {line}", "failure")
        else:
            yield plain(f"── {line}{_FIRM}──", "warning" if status in _CUT else "notice")
        note = " · ".join(part for part in (ended.note, wording.continue_hint(message)) if part)
        if note:
            yield plain(_firm(note), "dim")

    def _header(self, width: int) -> list[LaidOutLine]:
        fold = ("▾" if self.unfolded else "▸") if self.has_reasoning else ""
        header = Header(
            self.message,
            self.alternatives,
            self.left_out,
            self.raw,
            fold,
            writes=any(self._text),
            after=self.after,
        )
        return header.lines(width)


def views_of(
    messages: Sequence[Message], alternatives: Mapping[str, tuple[int, int]], left_out: int
) -> list[MessageView]:
    """Return a view for each message of a path, of which the first `left_out` are not sent any more."""
    return [
        MessageView(
            message,
            alternatives.get(message.id),
            left_out=at < left_out,
            after=messages[at - 1].created_at if at else None,
        )
        for at, message in enumerate(messages)
    ]


def _linked(*spans: Span) -> Part:
    return Fixed(lambda width: wrap(list(spans), readable(width)))


def _firm(text: str) -> str:
    """Return a sentence of a receipt with no break between a number and its unit, or before a dash."""
    return _UNIT.sub(_FIRM, _BLANKS.sub(" ", clean(text)))
