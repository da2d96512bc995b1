"""The title of the terminal's window: how many answers run and are new, or how one ended for who is away.

The former title is saved on the terminal's own stack of titles, if it has one, and is back when there is
nothing to tell.
"""

from __future__ import annotations

from collections.abc import Callable

_SAVE, _RESTORE = "\x1b[22;2t", "\x1b[23;2t"


class WindowTitle:
    """The title; `write` sends to the terminal, and returns False if that is lent to another program."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self.mark = ""
        """How an answer has ended, as long as nobody has come to see it; stands before `state`."""
        self.state = ""
        """What goes on; empty if that is nothing."""
        self._write = write
        self._shown = ""
        self._is_ended = False

    def end(self) -> None:
        """Give the terminal its former title back, for good."""
        self._is_ended = True
        self.show()

    def show(self) -> None:
        """Have the terminal show what is to be told now. Both texts must be clean."""
        title = self.mark or self.state if not self._is_ended else ""
        if title == self._shown:
            return
        if title:
            sequence = ("" if self._shown else _SAVE) + f"\x1b]2;{title}\x1b\\"
        else:
            sequence = "\x1b]2;neurotui\x1b\\" + _RESTORE  # without a stack of titles the first stays
        if self._write(sequence) is not False:
            self._shown = title
