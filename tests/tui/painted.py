"""A terminal that gets what an app draws, to be held against a whole fresh picture."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyte
import pytest
from rich.cells import cell_len
from textual._compositor import CompositorUpdate
from textual._context import visible_screen_stack
from textual.app import App

from tests.markdown.corpus import CORPUS

TEXTS = [
    text
    for text in CORPUS.values()
    if max(text, default="") < "\U00010000" and not set(text) & set("\u200d\ufe0f")
]
"""Without what pyte draws at widths of its own."""
SIZES = [(80, 24), (60, 15), (120, 40)]


class Painted:
    """A terminal that gets all that the app draws."""

    def __init__(self) -> None:
        self.kinds: Counter[type] = Counter()
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.Stream(self._screen)

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Get all that apps draw from now on."""

        def display(app: App[Any], screen: Any, update: CompositorUpdate | None) -> None:
            if update is not None:
                self.display(app, update)

        monkeypatch.setattr(App, "_display", display)

    def display(self, app: App[Any], update: CompositorUpdate) -> None:
        self.kinds[type(update)] += 1
        if (self._screen.columns, self._screen.lines) != app.size:
            self._screen.resize(app.size.height, app.size.width)
        self._stream.feed(update.render_segments(app.console).replace("\n", "\r\n"))

    def differs(self, app: App[Any]) -> list[tuple[int, str, str]]:
        """The rows that do not show what they should: where, what they show, what they should."""
        whole = pyte.Screen(*app.size)
        stream = pyte.Stream(whole)
        visible_screen_stack.set(app._background_screens)
        for y, strip in enumerate(app.screen._compositor.render_strips()):
            stream.feed(f"\x1b[{y + 1};1H{strip.render(app.console)}")
        rows = range(app.size.height)
        pairs = [(y, self._cells(self._screen, y), self._cells(whole, y)) for y in rows]
        return [
            (y, self._screen.display[y], whole.display[y]) for y, shown, wanted in pairs if shown != wanted
        ]

    @staticmethod
    def _cells(screen: pyte.Screen, y: int) -> list[Any]:
        cells = [screen.buffer[y][x] for x in range(screen.columns)]
        for x, cell in enumerate(cells):
            # Of a wide letter that is half covered a terminal shows nothing; pyte keeps the other half.
            is_wide, next_data = cell_len(cell.data) == 2, cells[x + 1].data if x + 1 < len(cells) else ""
            if (is_wide and next_data) or (not cell.data and not (x and cell_len(cells[x - 1].data) == 2)):
                cells[x] = cell._replace(data=" ")
        # The colour of a letter that is not there is seen by nobody.
        return [cell if cell.data.strip() else cell._replace(fg="", bold=False) for cell in cells]
