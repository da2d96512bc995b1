"""The lines above a message: who wrote it and when, its versions, its reasoning, and what it took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from rich.cells import set_cell_size

from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.receipts import figures
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.i18n.formats import calendar_day, clock_time, duration
from neurotui.markdown.blocks import Span
from neurotui.markdown.layout import readable
from neurotui.markdown.wrap import LaidOutLine, width_of, wrap

FOLD = "!fold"
EARLIER = "!earlier"
LATER = "!later"
"""Pseudo-links: clicking such a span runs a command."""

QUESTION = "question"
"""Style of the band that a question stands on."""
_GAP = "   "


@dataclass(frozen=True, slots=True)
class Header:
    """All that the lines above a message say."""

    message: Message
    alternatives: tuple[int, int] | None = None
    """Number of the version, and of how many."""
    left_out: bool = False
    """True if requests no longer carry the message."""
    raw: bool = False
    """True if the source is shown."""
    fold: str = ""
    """The sign of reasoning that is folded or unfolded; empty if there is none."""
    writes: bool = False
    """True if there is text already."""
    after: float | None = None
    """Time of the message above; None if there is none."""

    def lines(self, width: int) -> list[LaidOutLine]:
        """Return the lines in a column of `width` cells."""
        if self.message.is_continuation:
            return wrap([Span(f"┄┄ {_('continued')} ┄┄", "dim")], readable(width))
        line = self._line(readable(width))
        if self.message.role is Role.USER:
            line = replace(line, fill=QUESTION, base=QUESTION)
        return [*self._above(), line]

    def _above(self) -> Iterator[LaidOutLine]:
        """Yield the distance to the turn above, and the day if another one has begun."""
        if self.after is None:
            return
        days = [date.fromtimestamp(at) for at in (self.after, self.message.created_at) if at]
        begins = len(days) == 2 and days[0] != days[1]
        if begins or self.message.role is Role.USER:
            yield _decoration()
        if begins:
            yield _decoration(Span(f"── {calendar_day(days[1], date.today())} ──", "dim"))
            yield _decoration()

    def _line(self, width: int) -> LaidOutLine:
        name, when = self._name(), self._when()
        right = list(self._right())
        room = width - sum(width_of(span.text) for span in right)
        took = next((each for each in self._took() if width_of(name + when) + width_of(each) <= room), "")
        if took:
            right.append(Span(took, "dim"))
            room -= width_of(took)
        if width_of(name + when) > room:
            when = ""
        if width_of(name) > room:
            name = set_cell_size(name, max(room - 1, 0)).rstrip() + "…"
        gap = " " * (room - width_of(name + when)) if right else ""
        return _decoration(Span(name, f"name-{self.message.role}"), Span(when, "dim"), Span(gap), *right)

    def _name(self) -> str:
        match self.message.role:
            case Role.USER:
                return _("You")
            case Role.SYSTEM:
                return _("System")
            case _:
                return clean_line(self.message.model, 60) or _("Model")

    def _when(self) -> str:
        return f" · {clock_time(self.message.created_at)}" if self.message.created_at else ""

    def _right(self) -> Iterator[Span]:
        if self.message.joined:
            yield Span(f"{_GAP}┄ {_('continued')}", "dim")
        if self.left_out:
            yield Span(f"{_GAP}{_('not sent')}", "dim")
        if self.raw:
            yield Span(f"{_GAP}{_('source')}", "dim")
        if self.alternatives:
            which, of = self.alternatives
            yield from (Span(f"{_GAP}◂ ", "dim", EARLIER), Span(f"{which}/{of}", "dim"))
            yield Span(" ▸", "dim", LATER)
        if self.fold:
            yield from (Span(_GAP), Span(f"{self.fold} {self._thought()}", "dim", FOLD))

    def _took(self) -> Iterator[str]:
        """Yield what the answer took: all of it, then less and less, the most important last."""
        took = [clean_line(each, 40) for each in figures(self.message)]
        while took:
            yield _GAP + " · ".join(took)
            del took[len(took) // 2]

    def _thought(self) -> str:
        timing = self.message.timing
        if timing is not None and timing.thinking is not None:
            seconds = timing.thinking
            time = _("{n} s").format(n=round(seconds)) if 1 <= seconds < 10 else duration(seconds)
            return _("thought for {time}").format(time=time)
        running = self.message.status is Status.RUNNING and not self.writes
        return _("thinking") if running else _("thought")


def _decoration(*spans: Span) -> LaidOutLine:
    """Return a line of our own, which is not copied; an empty one neither."""
    return LaidOutLine(spans or (Span("", "pad"),), sum(len(span.text) for span in spans))
