"""Does the terminal draw pictures? Asked as the driver starts; nothing waits for the replies.

First its name is asked for (XTVERSION), which no terminal shows as text. Only kitty and ghostty, which know
placeholders, are then asked by kitty's own query, which others might show. In tmux and screen nothing is
asked: they answer for themselves, and let no picture through. That a terminal draws sixels it says in its
reply to DA1, which is the end of the questions about its colours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from neurotui.tui.terminal.background import answers

ASK_NAME = "\x1b[>q"
ASK_PICTURES = "\x1b_Gi=4674,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_NAME = re.compile(r"\x1bP>\|(?:kitty|ghostty)\b[^\x1b]{0,100}\x1b\\", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"\x1b\[\?\d+((?:;\d+)*)c")
_OK = re.compile(r"\x1b_Gi=4674;OK\x1b\\")


def may_ask(environ: Mapping[str, str]) -> bool:
    """Return True if the terminal itself would answer."""
    term = environ.get("TERM", "")
    between = term.startswith(("tmux", "screen")) or any(environ.get(name) for name in ("TMUX", "STY"))
    return answers(term) and not between


class PictureReplies:
    """The questions, and the replies. `read` may be called by another thread."""

    def __init__(self, write: Callable[[str], None], tell: Callable[[], None]) -> None:
        """`tell` is called once it is known that the terminal draws pictures."""
        self.can_draw = False
        """True if it draws by kitty's protocol."""
        self.can_draw_sixels = False
        self._write = write
        self._tell = tell
        self._asked = self._may_ask = False

    def ask(self, environ: Mapping[str, str]) -> None:
        """Begin to ask, unless that was done."""
        self._may_ask = may_ask(environ)
        if self._may_ask and not self._asked:
            self._write(ASK_NAME)

    def read(self, reply: str) -> None:
        """Read a reply of the terminal, whatever it is about."""
        if not self._asked and _NAME.fullmatch(reply):
            self._asked = True
            self._write(ASK_PICTURES)
        elif self._may_ask and (attributes := _ATTRIBUTES.fullmatch(reply)):
            self.can_draw_sixels = "4" in attributes[1].split(";")
        elif self._asked and not self.can_draw and _OK.fullmatch(reply):
            self.can_draw = True
            self._tell()
