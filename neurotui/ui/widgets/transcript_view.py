"""One message as lines: its header, its reasoning, its text, its tool calls, its receipt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.text import clean, clean_line, reveal
from neurotui.i18n import _
from neurotui.i18n.formats import clock_time, duration
from neurotui.ui.markdown import layout
from neurotui.ui.markdown.blocks import Block, Span
from neurotui.ui.markdown.document import Document
from neurotui.ui.markdown.wrap import Line, width_of, wrap
from neurotui.ui.receipts import receipt


class Flow:
    """A text in Markdown as lines, growing at its end: settled lines stay, the others are made again."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[Line] = []
        self._document = Document()
        self._taken = 0  # blocks of the document whose lines are settled
        self._settled = 0  # lines that are settled
        self._group: list[Block] = []  # parts of the block that may still grow

    def feed(self, text: str) -> int:
        """Takes more text; returns the first line that changed."""
        self._document.feed(text)
        return self._lay_out(self._document.peek())

    def finish(self) -> int:
        """Takes the end; returns the first line that changed."""
        self._document.finish()
        return self._lay_out([])

    def resize(self, width: int) -> None:
        """Lays everything out again."""
        self.width = width
        self._taken = self._settled = 0
        self._group = []
        self._lay_out(self._document.peek())

    def _lay_out(self, tail: Sequence[Block]) -> int:
        first = self._settled
        del self.lines[first:]
        blocks = self._document.blocks
        for block in blocks[self._taken :]:
            self._add(block, settled=True)
        self._taken = len(blocks)
        group = self._group
        for block in tail:
            self._add(block, settled=False)
        if self._group:
            self.lines += layout.lines(self._group, self.width)
        self._group = group
        return first

    def _add(self, block: Block, settled: bool) -> None:
        if block.continues:
            self._group = [*self._group, block]
            return
        if self._group:
            self.lines += layout.lines(self._group, self.width)
        if settled:
            self._settled = len(self.lines)
        self._group = [block]


class MessageView:
    """What one message looks like in a column of a width."""

    def __init__(self, message: Message, alternatives: tuple[int, int] | None = None) -> None:
        self.message = message
        self.alternatives = alternatives
        self.raw = False
        self.unfolded = False
        self.lines: list[Line] = []
        self._width = 0
        self._text: list[str] = [message.text]
        self._reasoning: list[str] = [message.reasoning]
        self._flow: Flow | None = None
        self._body_at = 0

    def height(self, width: int) -> int:
        """Its lines; an estimate as long as it was not laid out."""
        if self._width == width:
            return len(self.lines)
        text = self.message.text
        return 3 + text.count("\n") + len(text) // max(1, min(width, layout.READABLE))

    def lay_out(self, width: int) -> None:
        """Makes all lines, where they are not made."""
        if self._width != width:
            self._width = width
            self._flow = None
            self._make()

    def update(self, message: Message) -> None:
        """Takes another form of the message."""
        self.message = message
        self._text, self._reasoning = [message.text], [message.reasoning]
        self._flow = None
        if self._width:
            self._make()

    def extend(self, text: str, reasoning: str) -> int:
        """Takes more of both texts; returns the first line that changed."""
        self._text.append(text)
        self._reasoning.append(reasoning)
        if reasoning and not text and not self.unfolded and len(self._reasoning) > 2:
            return len(self.lines)
        if self._flow is None or self.raw or (reasoning and self.unfolded):
            self._join()
            self._make()
            return 0
        first = self._body_at + self._flow.feed(text)
        self._compose()
        return first

    def toggle(self, *, raw: bool = False, fold: bool = False) -> None:
        """Shows the source, or the reasoning, or hides it again."""
        self.raw ^= raw
        self.unfolded ^= fold
        self._join()
        self._make()

    def _join(self) -> None:
        self._text, self._reasoning = ["".join(self._text)], ["".join(self._reasoning)]

    def _make(self) -> None:
        text = self._text[0]
        self._flow = None
        if self.message.role is Role.ASSISTANT and not self.raw:
            self._flow = Flow(self._width)
            self._flow.feed(text)
            if self.message.status is not Status.RUNNING:
                self._flow.finish()
        self._compose()

    def _compose(self) -> None:
        width = min(self._width, layout.READABLE)
        head = [self._header()]
        reasoning = self._reasoning[0] if len(self._reasoning) == 1 else "".join(self._reasoning)
        if self.unfolded and reasoning:
            bar = (Span("┆ ", "reasoning-bar"),)
            head += wrap([Span(clean(reasoning).expandtabs(4), "reasoning")], width, bar, bar)
            head.append(Line(()))
        self._body_at = len(head)
        if self._flow is not None:
            body = self._flow.lines
        else:
            show = reveal if self.raw else clean
            body = wrap([Span(show(self._text[0]).expandtabs(4))], width)
        self.lines = [*head, *body, *self._foot(width), Line(())]

    def _header(self) -> Line:
        message = self.message
        name = _("You") if message.role is Role.USER else clean_line(message.model) or _("Model")
        if message.role is Role.SYSTEM:
            name = _("System")
        when = f" · {clock_time(message.created_at)}" if message.created_at else ""
        spans = [Span(name, f"name-{message.role}"), Span(when, "dim")]
        notes = []
        if self.alternatives:
            notes.append("◂ {}/{} ▸".format(*self.alternatives))
        if any(self._reasoning):
            notes.append(("▾ " if self.unfolded else "▸ ") + self._thought())
        if self.raw:
            notes.append(_("source"))
        note = "   ".join(notes)
        room = min(self._width, layout.READABLE) - width_of(name + when) - width_of(note)
        if note:
            spans.append(Span(" " * max(3, room)))
            spans.append(Span(note, "dim"))
        return Line(tuple(spans), sum(len(span.text) for span in spans))

    def _thought(self) -> str:
        timing = self.message.timing
        if self.message.status is Status.RUNNING:
            return _("thinking") if not any(self._text) else _("thought")
        if timing and timing.thinking is not None:
            return _("thought for {time}").format(time=duration(timing.thinking))
        return _("thought")

    def _foot(self, width: int) -> Iterable[Line]:
        for call in self.message.tool_calls:
            text = _("the model asked for a tool: {call}").format(call=f"{call.name}({call.arguments})")
            yield from wrap([Span(clean(text), "notice")], width)
        text = receipt(self.message)
        if text:
            style = "failure" if self.message.status is Status.FAILED else "notice"
            yield from wrap([Span(f"── {clean(text)} ──", style)], width)
