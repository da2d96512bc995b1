"""The text in place of an empty conversation: who will answer, what is missing, how to begin."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.app.commands import find
from neurotui.chat.text import clean_line
from neurotui.errors import ConfigurationError, KeyMissing
from neurotui.i18n import _

HINT_CELLS = 56
"""Width of a hint, that of the lines around it (cells)."""


class Welcome(Widget):
    """The view of an empty conversation."""

    who: reactive[str] = reactive("")
    """The model and the host that will answer."""
    trouble: reactive[ConfigurationError | None] = reactive(None)
    """Reason why nothing can be sent; None if there is none known in advance."""

    def render(self) -> RenderResult:
        lines = [Content.styled("neurotui", "$text-accent bold")]
        if self.who:
            lines.append(Content.styled(clean_line(self.who), "$foreground-muted"))
        trouble = self.trouble
        lines.append(Content(""))
        if trouble is not None:
            keyless = isinstance(trouble, KeyMissing)
            lines.append(Content.styled(clean_line(trouble.title), "$text-warning"))
            if not keyless:
                hint = Content.styled(clean_line(trouble.hint), "$foreground-muted")
                lines += hint.wrap(max(1, min(HINT_CELLS, self.content_size.width)))
            lines.append(Content(""))
            lines.append(_line("server", _("add a key") if keyless else _("choose a server, give its key")))
            lines.append(_line("demo", _("try the demo: no key, no network")))
        else:
            lines.append(_line("send", _("send")))
            lines.append(_line("stop", _("stop the answer: the connection is closed at once")))
            lines.append(_line("help", _("all keys")))
        return Content("\n").join(lines)


def _line(action: str, meaning: str) -> Content:
    return Content.assemble(f"{find(action).key:<7}", (meaning, "$foreground-muted"))
