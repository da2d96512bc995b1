"""A file that is attached: its text, or what is known of it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from neurotui.app.attachments.attachment_text import attachment_label
from neurotui.chat.attachment_words import attachment_name
from neurotui.chat.attachments import Attachment
from neurotui.chat.text import clean, clean_line
from neurotui.chat.token_rates import TokenRates
from neurotui.i18n import N_, ngettext
from neurotui.i18n.formats import number
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.widgets.key_hints import KeyHints

MOST_LINES = 1_000
"""So many lines of a text are shown at most."""
LONGEST = 100_000
"""So much of a text is shown at most (characters)."""


class AttachmentScreen(Dialog[None]):
    """Dialog with the beginning of a text, to be scrolled, or with facts."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "dismiss", show=False)]
    DEFAULT_CSS = """
    AttachmentScreen {
        #panel { max-width: 110; padding: 0 1; }
        #text {
            height: auto;
            max-height: 100%;
            padding: 0 1;
            scrollbar-size-vertical: 1;
        }
        #text > Static { height: auto; }
        #more { color: $foreground-muted; padding: 0 1; }
    }
    """

    def __init__(self, attachment: Attachment, rates: TokenRates | None = None) -> None:
        """`rates` are how the model counts that it goes to."""
        super().__init__()
        self._attachment = attachment
        self._rates = rates

    def compose(self) -> ComposeResult:
        attachment = self._attachment
        name = attachment_name(attachment)
        with VerticalScroll(id="panel") as panel:
            label = attachment_label(attachment, rates=self._rates).removeprefix(name).removeprefix(" · ")
            panel.border_title = title_with_detail(name, label)
            panel.can_focus = False
            text, more = _beginning(attachment.text)
            with VerticalScroll(id="text"):
                yield Static(Content(clean(text) if text else self._facts()))
            if more:
                words = ngettext("… and {n} line more", "… and {n} lines more", more)
                yield Static(Content(words.format(n=number(more))), id="more")
            yield KeyHints(("up,down", N_("scroll")), ("escape", N_("close")))

    def on_mount(self) -> None:
        self.query("#text").focus()

    def _facts(self) -> str:
        facts = self._attachment.facts
        return "\n".join(
            line for line in (clean_line(self._attachment.media_type), clean_line(facts.path, 400)) if line
        )


def _beginning(text: str) -> tuple[str, int]:
    """Return what is shown of a text, and the number of lines that are not."""
    shown = "\n".join(text[:LONGEST].split("\n", MOST_LINES)[:MOST_LINES])
    return shown, text.count("\n", len(shown)) if len(shown) < len(text) else 0
