"""Notice of answers that a crash cut short: a calm line above the input, with three choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.app import listing
from neurotui.app.recovery import CrashedAnswer
from neurotui.i18n import N_, _, ngettext
from neurotui.i18n.formats import clock_time, number, short_day
from neurotui.store.journal import Unfinished

_GAP = 2


class Decision(Enum):
    """The user's choice about an unfinished answer; the value is its label."""

    CONTINUE = N_("Continue")
    KEEP = N_("Keep")
    DELETE = N_("Delete")


class RecoveryNotice(Widget, can_focus=True):
    """A notice of unfinished answers, one at a time, the newest first. It does not focus itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", show=False),
        Binding("right", "move(1)", show=False),
        Binding("enter,space", "decide", show=False),
    ]
    DEFAULT_CSS = """
    RecoveryNotice { height: auto; margin: 0 2; display: none; }
    """

    found: reactive[tuple[CrashedAnswer, ...]] = reactive((), layout=True)
    """Answers about which nothing was decided yet, oldest first."""
    chosen: reactive[int] = reactive(0)
    """Index of the decision that Enter makes."""

    def __init__(self, decided: Callable[[Unfinished, Decision], None], left: Callable[[], object]) -> None:
        """Call `decided` when the user decides about an answer, `left` when the focus has to go elsewhere."""
        super().__init__()
        self._decided = decided
        self._left = left

    def tell(self, found: Sequence[CrashedAnswer]) -> None:
        """Show unfinished answers, given oldest first."""
        self.found = tuple(found)

    def settle(self, unfinished: Unfinished) -> None:
        """Remove an answer from the notice, because its fate is decided."""
        self.found = tuple(found for found in self.found if found.unfinished is not unfinished)
        self.chosen = 0

    def watch_found(self) -> None:
        self.display = bool(self.found)
        if not self.found and self.has_focus:
            self._left()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1 if self._fits(width) else 2

    def render(self) -> Content:
        if not self.found:
            return Content()
        room = self.size.width
        if self._fits(room):
            space = room - self._sentence().cell_length - self._answers().cell_length
            name = Content(f" · {listing.name(self.found[-1].name)}").truncate(space - _GAP, ellipsis=True)
            sentence = Content("").join([self._sentence(), name.stylize("$foreground-muted")])
            gap = Content(" " * (room - sentence.cell_length - self._answers().cell_length))
            return Content("").join([sentence, gap, self._answers()])
        return Content("\n").join([self._sentence().truncate(room, ellipsis=True), self._answers()])

    def action_move(self, step: int) -> None:
        self.chosen = (self.chosen + step) % len(Decision)

    def action_decide(self) -> None:
        if self.found:
            self._decided(self.found[-1].unfinished, list(Decision)[self.chosen])

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y != self.size.height - 1:
            return
        column = self.size.width - self._answers().cell_length if self.size.height == 1 else 0
        for index, label in enumerate(_labels()):
            if column <= offset.x < column + len(label):
                self.chosen = index
                self.action_decide()
            column += len(label) + _GAP

    def _fits(self, width: int) -> bool:
        return self._sentence().cell_length + 2 * _GAP + self._answers().cell_length <= width

    def _sentence(self) -> Content:
        if not self.found:
            return Content()
        unfinished = self.found[-1].unfinished
        started = datetime.fromtimestamp(unfinished.started_at)
        when = clock_time(unfinished.started_at)
        if started.date() != date.today():
            when = f"{short_day(started.date(), date.today())}, {when}"
        count = unfinished.characters
        if count:
            text = ngettext(
                "unfinished answer from {when}, {n} character",
                "unfinished answer from {when}, {n} characters",
                count,
            ).format(when=when, n=number(count))
        else:
            text = _("unfinished answer from {when}, not a word came").format(when=when)
        others = len(self.found) - 1
        more = ngettext(" and {n} more", " and {n} more", others).format(n=number(others)) if others else ""
        return Content.assemble(("✂ ", "$text-warning"), text, (more, "$foreground-muted"))

    def _answers(self) -> Content:
        parts = []
        for index, label in enumerate(_labels()):
            lit = self.has_focus and index == self.chosen
            parts.append(
                Content.styled(
                    label, "$button-color-foreground on $accent bold" if lit else "on $foreground 10%"
                )
            )
        hint = "← → Enter" if self.has_focus else "Shift+Tab"
        return Content(" " * _GAP).join([*parts, Content.styled(hint, "$foreground-muted")])


def _labels() -> list[str]:
    return [f" {_(decision.value)} " for decision in Decision]
