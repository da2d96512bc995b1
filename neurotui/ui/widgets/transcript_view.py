"""One message as a stack of units: its header, its reasoning, its text, its tool calls, its receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.text import clean, clean_line, reveal
from neurotui.i18n import _
from neurotui.i18n.formats import clock_time, duration
from neurotui.ui.markdown.blocks import Block, Code, Frame, Span
from neurotui.ui.markdown.document import Document
from neurotui.ui.markdown.highlight import Highlighter
from neurotui.ui.markdown.layout import READABLE, Unit
from neurotui.ui.markdown.wrap import Line, width_of, wrap
from neurotui.ui.receipts import receipt
from neurotui.ui.widgets.transcript_heights import Heights

SLICE = 8_000
"""Characters of a message that are read at a time: some 10 ms."""

FOLD = "!fold"
EARLIER = "!earlier"
LATER = "!later"
"""Where a span leads that is no link but does something here."""

_THOUGHT = Frame("", "┆")


class Part(Protocol):
    """What a message is stacked of."""

    def estimate(self, width: int) -> int:
        """About how many lines it makes."""

    def exact(self, width: int) -> bool:
        """Whether its lines of this width are made."""

    def lay_out(self, width: int) -> int:
        """Makes the lines that are not made yet; returns how many there are."""

    def line(self, index: int) -> Line:
        """One of its lines; they must have been laid out."""


class Fixed:
    """Lines that a function makes for a width."""

    def __init__(self, make: Callable[[int], list[Line]], estimate: int = 1) -> None:
        self._make = make
        self._estimate = estimate
        self._width = 0
        self._lines: list[Line] = []

    def estimate(self, width: int) -> int:
        return self._estimate

    def exact(self, width: int) -> bool:
        return self._width == width

    def lay_out(self, width: int) -> int:
        if self._width != width:
            self._width = width
            self._lines = self._make(width)
        return len(self._lines)

    def line(self, index: int) -> Line:
        return self._lines[index]


class Flow:
    """A text in Markdown as units, growing at its end."""

    def __init__(self, frame: Frame | None = None, base: str = "") -> None:
        self.units: list[Unit] = []
        self.settled = 0
        """How many of the units are settled; the last of them may still grow."""
        self._document = Document()
        self._taken = 0  # blocks of the document that are in units
        self._frame = frame
        self._base = base

    def feed(self, text: str, *, look: bool = True) -> int:
        """Takes more text; returns the first unit that changed. `look` shows what is not settled, too."""
        self._document.feed(text)
        return self._stack(self._document.peek() if look else [])

    def finish(self) -> int:
        """Takes the end; returns the first unit that changed."""
        self._document.finish()
        return self._stack([])

    @property
    def stale(self) -> bool:
        """Whether a link was used before its target came."""
        return self._document.stale

    def again(self) -> Flow:
        """An empty flow that knows the targets of links that came in this one."""
        flow = Flow(self._frame, self._base)
        flow._document = Document(self._document.references)
        return flow

    def _stack(self, tail: Sequence[Block]) -> int:
        changed = max(0, self.settled - 1)
        del self.units[self.settled :]
        blocks = self._document.blocks
        for block in blocks[self._taken :]:
            self._add(block)
        self._taken = len(blocks)
        self.settled = len(self.units)
        open_parts = 0
        while open_parts < len(tail) and tail[open_parts].continues:
            open_parts += 1
        if self.units:
            self.units[-1].show([self._framed(block) for block in tail[:open_parts]])
        for block in tail[open_parts:]:
            self._add(block)
        return changed

    def _add(self, block: Block) -> None:
        block = self._framed(block)
        if block.continues and self.units:
            self.units[-1].add(block)
        else:
            self.units.append(Unit(block, self._base))

    def _framed(self, block: Block) -> Block:
        return block if self._frame is None else replace(block, frames=(self._frame, *block.frames))


class MessageView:
    """What one message looks like."""

    def __init__(self, message: Message, alternatives: tuple[int, int] | None = None) -> None:
        self.message = message
        self.alternatives = alternatives
        self.raw = False
        self.unfolded = False
        self.parts: list[Part] = []
        """From the top; empty as long as the message was not looked at."""
        self.heights = Heights()
        """Those of the parts; exact where their lines are made."""
        self._width = 0
        self._text = [message.text]
        self._reasoning = [message.reasoning]
        self._body: Flow | None = None
        self._thoughts: Flow | None = None
        self._body_at = 0
        self._unread = ""

    @property
    def text(self) -> str:
        """The source of its text."""
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0]

    @property
    def reasoning(self) -> str:
        """The source of its reasoning."""
        if len(self._reasoning) > 1:
            self._reasoning = ["".join(self._reasoning)]
        return self._reasoning[0]

    @property
    def reading(self) -> bool:
        """Whether a part of its text was not read yet: `read` goes on."""
        return bool(self._unread)

    def estimate(self, width: int) -> int:
        """About how many lines the message makes, from a look at its size."""
        text = self._text[0]
        return 3 + text.count("\n") + len(text) // max(1, min(width, READABLE))

    def resize(self, width: int) -> int:
        """Takes the width of the column; returns the height, an estimate where it has to be."""
        if not self.parts:
            return self.estimate(width)
        if width != self._width:
            self._width = width
            self.heights = Heights(part.estimate(width) for part in self.parts)
        return self.heights.total

    def open(self, width: int) -> None:
        """Reads the message, where it was not; of a long one only the beginning, `read` goes on."""
        if not self.parts:
            self._width = width
            self._begin()

    def read(self) -> None:
        """Reads a further part of a long message."""
        slice_, self._unread = self._unread[:SLICE], self._unread[SLICE:]
        assert self._body is not None
        first = self._body.feed(slice_, look=not self._unread)
        if not self._unread and self.message.status is not Status.RUNNING:
            self._body.finish()
            if self._body.stale:
                self._body = self._body.again()
                self._unread = self.text
                first = 0
        self._restack(first)

    def update(self, message: Message) -> None:
        """Takes another form of the message. What was read stays, where it is the beginning of the text."""
        grown = message.text.startswith(self.text) and message.role is self.message.role
        more = message.text[len(self.text) :] if grown else ""
        self.message = message
        self._text = [message.text]
        self._reasoning = [message.reasoning]
        if not self.parts:
            return
        if not grown or self._body is None or self.unfolded or self.reading:
            self._begin()
            return
        self._unread = more
        self._restack_head()
        self.read()

    def extend(self, text: str, reasoning: str) -> None:
        """Takes more of both texts."""
        first_words = bool(text) and not any(self._text)
        first_thought = bool(reasoning) and not any(self._reasoning)
        self._text.append(text)
        self._reasoning.append(reasoning)
        if not self.parts:
            return
        if self.raw or self.reading or self._body is None:
            self._begin()
            return
        if reasoning and self._thoughts is not None:
            self._thoughts.feed(reasoning)
        if first_words or first_thought or (reasoning and self._thoughts is not None):
            self._restack_head()
        if text:
            self._restack(self._body.feed(text))

    def toggle_raw(self) -> None:
        """Shows the source, or the text again."""
        self.raw = not self.raw
        self._begin()

    def toggle_fold(self) -> bool:
        """Shows the reasoning, or hides it again; returns whether there is any."""
        if not any(self._reasoning):
            return False
        self.unfolded = not self.unfolded
        self._begin()
        return True

    # Stacking

    def _begin(self) -> None:
        """Reads all from the beginning."""
        self._body = self._thoughts = None
        self._unread = ""
        if self.unfolded and self.reasoning:
            self._thoughts = Flow(_THOUGHT, "reasoning")
            self._thoughts.feed(self.reasoning)
            if self.message.status is not Status.RUNNING:
                self._thoughts.finish()
        if self.message.role is Role.ASSISTANT and not self.raw:
            self._body = Flow()
            self._unread = self.text
        self._restack_head()
        if self._body is not None:
            self.read()

    def _restack_head(self) -> None:
        """Stacks everything anew; the units keep their lines."""
        parts: list[Part] = [Fixed(self._header)]
        if self._thoughts is not None:
            parts += self._thoughts.units
            parts.append(Fixed(lambda width: [Line()]))
        self._body_at = len(parts)
        self.parts = parts
        self.heights = Heights(self._height(part) for part in parts)
        self._restack(0)

    def _restack(self, first: int) -> None:
        """Stacks what follows the first units of the body, which did not change."""
        if self._body is not None:
            more: list[Part] = [*self._body.units[first:], *self._foot()]
        else:
            show = reveal if self.raw else clean
            text = show(self.text).expandtabs(4)
            style = "raw" if self.raw else ""
            more = [_plain(text, style), *self._foot()]
            first = 0
        at = self._body_at + first
        self.parts[at:] = more
        self.heights.replace(at, [self._height(part) for part in more])

    def _height(self, part: Part) -> int:
        return part.lay_out(self._width) if part.exact(self._width) else part.estimate(self._width)

    def _foot(self) -> list[Part]:
        parts: list[Part] = []
        for call in self.message.tool_calls:
            title = _("The model asks for a tool; neurotui runs none: {name}").format(
                name=clean_line(call.name)
            )
            parts.append(_plain(title, "notice"))
            arguments = clean(call.arguments).expandtabs(4).split("\n")
            code = Code(lines=Highlighter("json").finish(arguments), info="json", gap=False)
            parts.append(Unit(code))
        text = clean(receipt(self.message))
        if text:
            style = "failure" if self.message.status is Status.FAILED else "notice"
            parts.append(_plain(f"── {text} ──", style))
        parts.append(Fixed(lambda width: [Line()]))
        return parts

    def _header(self, width: int) -> list[Line]:
        message = self.message
        name = _("You") if message.role is Role.USER else clean_line(message.model, 60) or _("Model")
        if message.role is Role.SYSTEM:
            name = _("System")
        when = f" · {clock_time(message.created_at)}" if message.created_at else ""
        left = [Span(name, f"name-{message.role}"), Span(when, "dim")]
        right: list[Span] = []
        if self.raw:
            right.append(Span(_("source"), "dim"))
        if self.alternatives:
            which, of = self.alternatives
            right += [Span("◂ ", "dim", EARLIER), Span(f"{which}/{of}", "dim"), Span(" ▸", "dim", LATER)]
        if any(self._reasoning):
            sign = "▾" if self.unfolded else "▸"
            right.append(Span(f"{sign} {self._thought()}", "dim", FOLD))
        spans = left
        if right:
            used = sum(width_of(span.text) for span in (*left, *right)) + 3 * (len(right) - 1)
            spans = [*left, Span(" " * max(3, min(width, READABLE) - used))]
            for number, span in enumerate(right):
                if number and span.link != LATER and right[number - 1].link != EARLIER:
                    spans.append(Span("   "))
                spans.append(span)
        return [Line(tuple(spans), sum(len(span.text) for span in spans))]

    def _thought(self) -> str:
        timing = self.message.timing
        if timing is not None and timing.thinking is not None:
            return _("thought for {time}").format(time=duration(timing.thinking))
        running = self.message.status is Status.RUNNING and not any(self._text)
        return _("thinking") if running else _("thought")


def _plain(text: str, style: str) -> Fixed:
    """Text as it is, wrapped."""

    def make(width: int) -> list[Line]:
        return wrap([Span(text, style)] if text else [], min(width, READABLE))

    return Fixed(make, 1 + text.count("\n") + len(text) // READABLE)
