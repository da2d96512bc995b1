"""A menu above the input with what the text before the cursor may become."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from textual.content import Content
from textual.widget import Widget

from neurotui.app.commands import key_name
from neurotui.i18n import _
from neurotui.tui.widgets.pick_list import PickList

T = TypeVar("T")

_ROWS = 8
"""Number of rows visible at once."""
_AROUND = 3
"""Height of the border and of the status line, which stays visible (lines)."""


def undecided() -> str:
    """Return a note for an Enter that takes nothing."""
    keys = {"down": key_name("down"), "close": key_name("escape")}
    return _("{down} chooses from the list · {close} closes it").format(**keys)


class InputMenu(PickList, Generic[T]):
    """A list of choices. The input keeps the focus, and moves the choice.

    The first is chosen as soon as something of it was typed. Before that none is, until the choice is moved:
    Enter takes nothing unawares. The menu covers the conversation, so that nothing moves when it opens.
    """

    DEFAULT_CSS = f"""
    InputMenu {{
        overlay: screen;
        width: 100%;
        max-width: 110;
        max-height: {_ROWS + 2};
        margin: 0 1;
        padding: 0 1;
        border: round $foreground 25%;
        border-subtitle-color: $foreground-muted;
    }}
    InputMenu.-none-chosen > .pick-list--cursor {{ background: $background; text-style: none; }}
    """

    def __init__(self, do: Callable[[T], None]) -> None:
        """Call `do` with a choice that was clicked."""
        super().__init__(lambda index: do(self.choices[index]))
        self.choices: Sequence[T] = ()
        self._has_chosen = False
        self.display = False

    @property
    def chosen(self) -> T | None:
        """The choice that Enter takes; None if the menu is closed, or nothing was chosen yet."""
        return self.at_cursor if self._has_chosen else None

    @property
    def is_undecided(self) -> bool:
        """True if the menu is open, and nothing was chosen yet."""
        return bool(self.choices) and not self._has_chosen

    @property
    def at_cursor(self) -> T | None:
        """The choice that Tab completes, chosen or not; None if the menu is closed."""
        return self.choices[self.cursor] if self.choices else None

    def open(self, composer: Widget, choices: Sequence[T], *, typed: bool = True) -> None:
        """Open above `composer` with these choices; close if there are none.

        The first one is chosen if something of it was `typed`.
        """
        if not choices:
            self.close()
            return
        if choices == self.choices:
            self._choose(typed or self._has_chosen)
            return
        if not self.is_attached:
            assert isinstance(composer.parent, Widget)
            composer.parent.mount(self, before=composer)
        self.display = True
        self.choices = choices
        rows = max(1, min(len(choices), _ROWS, composer.region.y - _AROUND))
        self.styles.max_height = rows + 2
        self.styles.offset = (0, -rows - _AROUND)
        self.show(len(choices), self.line)
        self._choose(typed)

    def move(self, rows: int) -> None:
        """Move the choice; the first step chooses the first row, or the last one."""
        if self._has_chosen:
            super().move(rows)
        elif self.choices:
            self.cursor = 0 if rows > 0 else len(self.choices) - 1
            self._choose(True)

    def _choose(self, is_chosen: bool) -> None:
        """Have the row at the cursor chosen, or none."""
        self._has_chosen = is_chosen
        self.set_class(not is_chosen, "-none-chosen")
        self.refresh()
        keys = {"complete": key_name("tab"), "run": key_name("enter"), "close": key_name("escape")}
        hint = self.hint() if is_chosen else _("{down} choose · {complete} complete · {close} close")
        self.border_subtitle = Content(hint.format(down=key_name("down"), **keys))

    def close(self) -> None:
        """Close the menu."""
        if self.choices:
            self.choices = ()
            self.show(0, self.line)
            self.display = False

    def line(self, index: int, width: int) -> Content:
        """Return the row of a choice, `width` cells wide."""
        raise NotImplementedError

    def hint(self) -> str:
        """Return the words for the keys `{complete}`, `{run}` and `{close}`."""
        raise NotImplementedError

    def _index_at(self, y: int) -> int:
        row = y - self.gutter.top
        return super()._index_at(row) if row >= 0 else -1
