"""A question with two answers, given by word or by position, never by accident.

The answers are buttons: Enter presses the focused one, Left, Right and Tab move to the other, Escape is the
answer that changes nothing. A word need only be typed until it is unambiguous. That matters on two layouts:
the key of `y` types `н` on a Russian one, which begins `нет`. So a lone `н`, or `y` in a Russian interface,
waits for one more letter: `не` is no, `ну` (`yes` on the wrong layout) is yes.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from neurotui.i18n import N_, _, language
from neurotui.i18n.keyboard import to_cyrillic, to_latin
from neurotui.tui.dialogs.dialog import Dialog
from neurotui.tui.widgets.form import TextButton
from neurotui.tui.widgets.key_hints import KeyHints

_WORDS = {
    word: answer
    for typed, answer in (("yes", True), ("да", True), ("no", False), ("нет", False))
    for word in (typed, to_cyrillic(typed), to_latin(typed))
}
"""The words that can be typed, on either layout, and the answers they mean."""
_NO_ON_LATIN = to_latin("нет")


def understood(typed: str) -> bool | str:
    """Return the answer if `typed` is unambiguous; else the end of it that may still become an answer."""
    words = {
        answer
        for word, answer in _WORDS.items()
        # Nobody who is asked in English types a Russian word on the Latin layout.
        if word.startswith(typed) and (language() == "ru" or word != _NO_ON_LATIN)
    }
    if len(words) == 1:
        return words.pop()
    if words or not typed:
        return typed
    return understood(typed[1:])


ARROWS = (
    Binding("left,up", "app.focus_previous", show=False),
    Binding("right,down", "app.focus_next", show=False),
)
"""The keys from answer to answer."""
QUESTION = """
    #panel { max-width: 64; }
    #question { text-style: bold; padding: 0 1; }
    #text { color: $foreground-muted; padding: 0 1; margin-top: 1; }
    #answers { height: 1; padding: 0 1; margin-top: 1; align-horizontal: right; }
    TextButton { margin: 0 0 0 2; }
"""
"""The look of a question with answers in a row."""


class ConfirmScreen(Dialog[bool]):
    """Dialog with a question; its result is True if the answer was yes. `default` is focused at first.

    The texts are shown as they are: foreign text in them must be clean.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "answer(False)", show=False), *ARROWS]
    DEFAULT_CSS = f"ConfirmScreen {{ {QUESTION} }}"

    def __init__(
        self, question: str, text: str = "", *, yes: str = "", no: str = "", default: bool = False
    ) -> None:
        super().__init__()
        self._question = question
        self._text = text
        self._yes = yes or _("Yes")
        self._no = no or _("No")
        self._default = default
        self._typed = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield Static(Content(self._question), id="question")
            if self._text:
                yield Static(Content(self._text), id="text")
            with Horizontal(id="answers"):
                yield TextButton(self._yes, id="yes")
                yield TextButton(self._no, id="no")
            yield KeyHints(("left,right", N_("choose")), ("enter", N_("answer")), ("escape", N_("no")))

    def on_mount(self) -> None:
        self.query("#yes" if self._default else "#no").focus()

    def on_key(self, event: events.Key) -> None:
        if event.character is None or not event.character.isalpha():
            return
        event.stop()
        match understood(self._typed + event.character.lower()):
            case bool(answer):
                self.dismiss(answer)
            case str(typed):
                self._typed = typed
                self._show_typed()

    def _show_typed(self) -> None:
        """Show what is typed, if it may still mean either answer."""
        self.query_one("#panel").border_subtitle = Content(
            _("{typed}… yes or no? Type on").format(typed=self._typed) if self._typed else ""
        )

    @on(TextButton.Pressed)
    def _pressed(self, event: TextButton.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)
