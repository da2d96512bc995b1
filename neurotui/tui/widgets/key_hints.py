"""Key hints at the foot of a panel."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.app.commands import key_name
from neurotui.i18n import _

_GAP = "   "


class KeyHints(Widget):
    """Keys and what they do, on several lines if need be, but on a quarter of the screen at most.

    Where there is no room for all, those before the last one go, which tells how to leave.
    """

    DEFAULT_CSS = """
    KeyHints { dock: bottom; width: 100%; height: auto; padding: 0 1; }
    """

    keys: reactive[tuple[tuple[str, str], ...]] = reactive((), layout=True)
    """Textual's names of keys, and what they do, not yet translated."""

    def __init__(self, *keys: tuple[str, str]) -> None:
        super().__init__()
        self.set_reactive(KeyHints.keys, keys)

    def render(self) -> Content:
        return Content("\n").join(Content(_GAP).join(line) for line in self._lines(self.content_size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def _lines(self, width: int) -> list[list[Content]]:
        parts, most = list(self._parts()), max(1, self.app.size.height // 4)
        while len(lines := _laid_out(parts, width)) > most and len(parts) > 1:
            del parts[-2]
        return lines

    def _parts(self) -> Iterable[Content]:
        for key, label in self.keys:
            yield Content.assemble(_named(key), (f" {_(label)}", "$foreground-muted"))


def _laid_out(parts: Iterable[Content], width: int) -> list[list[Content]]:
    """Return parts in lines of a width."""
    lines: list[list[Content]] = [[]]
    column = 0
    for part in parts:
        if part.cell_length > width > 0:
            part = part.truncate(width, ellipsis=True)
        if column and column + part.cell_length > width:
            lines.append([])
            column = 0
        lines[-1].append(part)
        column += part.cell_length + len(_GAP)
    return lines


def _named(keys: str) -> str:
    """Return keys as they are labelled on the keyboard: `up,down` → ↑↓."""
    return "".join(key_name(key) for key in keys.split(","))
