"""A question with several answers; Escape is none of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from neurotui.i18n import N_
from neurotui.tui.dialogs.confirm import ARROWS, QUESTION
from neurotui.tui.dialogs.dialog import Dialog
from neurotui.tui.widgets.form import TextButton
from neurotui.tui.widgets.key_hints import KeyHints


class ChoiceScreen(Dialog[int]):
    """Dialog with a question; its result is the index of the answer, None for Escape. The first is focused.

    The texts are shown as they are: foreign text in them must be clean.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", show=False), *ARROWS]
    DEFAULT_CSS = f"ChoiceScreen {{ {QUESTION} }}"

    def __init__(self, question: str, text: str, answers: Sequence[str]) -> None:
        super().__init__()
        self._question = question
        self._text = text
        self._answers = answers

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield Static(Content(self._question), id="question")
            yield Static(Content(self._text), id="text")
            with Horizontal(id="answers"):
                for at, answer in enumerate(self._answers):
                    yield TextButton(answer, id=f"answer-{at}")
            yield KeyHints(("left,right", N_("choose")), ("enter", N_("answer")), ("escape", N_("cancel")))

    def on_mount(self) -> None:
        self.query("#answer-0").focus()

    @on(TextButton.Pressed)
    def _pressed(self, event: TextButton.Pressed) -> None:
        self.dismiss(int((event.button.id or "answer-0").removeprefix("answer-")))
