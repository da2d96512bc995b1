"""Selecting with the mouse. What is copied is the text, without what only the screen needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

from rich.segment import Segment
from textual import events
from textual.geometry import Offset
from textual.selection import Selection
from textual.strip import Strip

from neurotui.markdown.tables import BETWEEN
from neurotui.markdown.wrap import LaidOutLine, width_of
from neurotui.tui.message_list.painter import MARGIN, Painter, Shown
from neurotui.tui.message_list.viewport import Anchor

_BITS = 24
_EMPTY = {"", "bar", "code-bar"}
"""What stands before an empty line of the text."""


class Selectable(Painter):
    """A view of messages in which text can be selected: a word by a double click, a line by a triple one."""

    ALLOW_SELECT = True

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._selection: Selection | None = None

    def selection_updated(self, selection: Selection | None) -> None:
        self._selection = selection
        self.paint()

    @property
    def shows_selection(self) -> bool:
        """True if text on the screen is selected, and not only what is drawn around it."""
        selection = self.screen.selections.get(self)  # the screen's own: this view is told of it later
        if selection is None:
            return False
        top = self.stack.y_of(self.stack.top)
        spans = (
            marked(selection, self.stack.place_at(top + row), shown.line)
            for row, shown in enumerate(super().what_to_show())
        )
        return any(span is not None and span[0] < span[1] for span in spans)

    def render_line(self, y: int) -> Strip:
        """A row with the places of its characters: asked for by the screen where the mouse is."""
        place = self.stack.place_at(self.scroll_offset.y + y)
        shown = self.shown[y] if y < len(self.shown) else Shown()
        if self.stack.line_at(place) is not shown.line:
            return Strip.blank(self.size.width, self.look(""))
        return self.strip(shown._replace(more=False, selected=None)).apply_offsets(*offset_of(place, -MARGIN))

    def what_to_show(self) -> list[Shown]:
        rows = super().what_to_show()
        if self._selection is None:
            return rows
        top = self.stack.y_of(self.stack.top)
        return [
            shown._replace(selected=marked(self._selection, self.stack.place_at(top + row), shown.line))
            for row, shown in enumerate(rows)
        ]

    def strip(self, shown: Shown) -> Strip:
        strip = super().strip(shown)
        if shown.selected is None:
            return strip
        start, end = (MARGIN + width_of(shown.line.text[:at]) for at in shown.selected)
        look = self.screen.get_component_rich_style("screen--selection")
        chosen = (
            Segment(each.text, self.filtered((each.style or look) + look)) for each in strip.crop(start, end)
        )
        return Strip.join([strip.crop(0, start), Strip(chosen), strip.crop(end)])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return copied(self._selected(selection)), "\n"

    def _selected(self, selection: Selection) -> Iterator[tuple[LaidOutLine, int, int]]:
        """The lines that are selected, each with the characters from which and to which it is."""
        stack = self.stack
        first = place_of(selection.start) if selection.start is not None else Anchor()
        last = place_of(selection.end) if selection.end is not None else Anchor(len(stack.views))
        for index in range(first.view, min(last.view + 1, len(stack.views))):
            stack.read(index, inf)
            for number, part in enumerate(stack.views[index].parts):
                if first[:2] <= (index, number) <= last[:2]:
                    for at in range(stack.lay_out(index, number)):
                        line = part.line(at)
                        span = span_of(selection, Anchor(index, number, at), len(line.text))
                        if span is not None:
                            yield line, *span

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()  # textual would select everything on a double click
        if event.chain == 2:
            self._select_word(event.x, event.y)
        elif event.chain == 3:
            self._select_line(event.y)

    def _select_word(self, x: int, y: int) -> None:
        place = self.stack.place_at(self.scroll_offset.y + y)
        line = self.stack.line_at(place)
        text = line.text if line is not None else ""
        at = character_at(text, x - MARGIN)
        if at >= len(text) or not _of_word(text[at]):
            return
        start, end = at, at + 1
        while start and _of_word(text[start - 1]):
            start -= 1
        while end < len(text) and _of_word(text[end]):
            end += 1
        self.screen.selections = {self: Selection(offset_of(place, start), offset_of(place, end))}

    def _select_line(self, y: int) -> None:
        """Selects a line of the text, however many of the screen it takes."""
        place = self.stack.place_at(self.scroll_offset.y + y)
        if self.stack.line_at(place) is None:
            return
        part = self.stack.views[place.view].parts[place.part]
        first = last = place.line
        while first and part.line(first).joint is not None:
            first -= 1
        while last + 1 < part.lay_out(self.stack.column) and part.line(last + 1).joint is not None:
            last += 1
        start = offset_of(place._replace(line=first), part.line(first).gutter)
        end = offset_of(place._replace(line=last), len(part.line(last).text))
        self.screen.selections = {self: Selection(start, end)}


def offset_of(place: Anchor, x: int) -> Offset:
    """A place in the conversation as textual's selection keeps it: its `y` grows with the place."""
    return Offset(x, (place.view << _BITS | place.part) << _BITS | place.line)


def place_of(offset: Offset) -> Anchor:
    """The place that an offset of a selection stands for."""
    part = offset.y >> _BITS
    mask = (1 << _BITS) - 1
    return Anchor(part >> _BITS, part & mask, offset.y & mask)


def span_of(selection: Selection, place: Anchor, length: int) -> tuple[int, int] | None:
    """The characters of a line that are selected; None where it is not among the selected."""
    span = selection.get_span(offset_of(place, 0).y)
    if span is None:
        return None
    start, end = span
    return max(0, min(start, length)), length if end == -1 else max(0, min(end, length))


def marked(selection: Selection, place: Anchor, line: LaidOutLine) -> tuple[int, int] | None:
    """The characters of a line that are shown as selected: none of what is not copied before its text."""
    span = None if _is_decoration(line) else span_of(selection, place, len(line.text))
    if span is None:
        return None
    start, end = span
    return max(start, line.gutter), max(end, line.gutter)


def character_at(text: str, cell: int) -> int:
    """The index of the character that is drawn at a cell; the length of the text behind its end."""
    cells = 0
    for index, character in enumerate(text):
        cells += width_of(character)
        if cell < cells:
            return index
    return len(text)


def copied(lines: Iterable[tuple[LaidOutLine, int, int]]) -> str:
    """The text of lines, each with the characters from which and to which it is selected."""
    text: list[str] = []
    for line, start, end in lines:
        if _is_decoration(line):
            continue
        if text:
            text.append("\n" if line.joint is None else line.joint)
        text.append(_part(line, start, end))
    return "".join(text)


def _is_decoration(line: LaidOutLine) -> bool:
    """True for a header, a border: a line that has nothing of the text."""
    return line.gutter >= len(line.text) and not all(span.style in _EMPTY for span in line.spans)


def _part(line: LaidOutLine, start: int, end: int) -> str:
    """The author's characters of a line; the cells of a table are divided by tabs."""
    parts = []
    at = 0
    for span in line.spans:
        begin, at = at, at + len(span.text)
        if span.style == "pad" or at <= line.gutter:
            continue
        chosen = span.text[max(0, start - begin, line.gutter - begin) : max(0, end - begin)]
        if span.style == "border":
            chosen = "\t" if chosen == BETWEEN else ""
        parts.append(chosen)
    return "".join(parts).rstrip(" ")


def _of_word(character: str) -> bool:
    return character.isalnum() or character == "_"
