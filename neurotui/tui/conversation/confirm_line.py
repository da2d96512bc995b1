"""A question in one line before the letter for another answer costs money: the same key, or Enter, is yes."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from neurotui.app.commands import Place, find, key_name
from neurotui.i18n import _
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.terminal.bindings import bindings
from neurotui.tui.terminal.key_twins import in_both_cases, twins


class ConfirmLine(Widget, can_focus=True):
    """One line that has the focus while it asks. Escape closes it; another key closes it, and acts."""

    BINDINGS: ClassVar[list[BindingType]] = [  # for keys that came before the focus had moved
        *(each for each in bindings(Place.TRANSCRIPT) if each.id == "regenerate"),
        Binding("enter", "app.command('regenerate')", show=False),
    ]
    DEFAULT_CSS = """
    ConfirmLine { height: 1; margin: 0 2; display: none; }
    """

    def __init__(self, pane: ConversationPane) -> None:
        super().__init__()
        self._pane = pane
        self._do: Callable[[], object] | None = None

    def ask(self, do: Callable[[], object]) -> None:
        """Ask, and call `do` if the answer is yes."""
        if self._do is None:
            self._pane.open_panels.append(self._escape)
        self._do, self.display = do, True
        self.screen.set_focus(self)
        self.refresh()

    def render(self) -> RenderResult:
        command = find("regenerate")
        words = _("{key} again or {enter}: {what} · {escape} close").format(
            key=command.key, enter=key_name("enter"), what=_(command.label), escape=key_name("escape")
        )
        return Content.styled(f"? {words}", "$text-accent").truncate(self.size.width, ellipsis=True)

    def on_key(self, event: events.Key) -> None:
        do = self._do
        self.close()  # a key that is none of these acts in the messages
        if event.key in self._yes and do is not None:
            event.stop()
            do()

    def on_blur(self) -> None:
        if self.screen.focused is not self:  # it may have been asked again since
            self.close()

    def close(self) -> None:
        """Ask no more."""
        if self.screen.focused is self:
            self.screen.set_focus(self._pane.transcript)
        if self._do is not None:
            self._pane.open_panels.remove(self._escape)
        self._do, self.display = None, False

    @property
    def _yes(self) -> set[str]:
        keys = in_both_cases(find("regenerate").current_keys, ())
        return {"enter", *twins(",".join(keys)).split(",")}

    def _escape(self, running: bool) -> bool:
        """Close the line, unless Escape is to stop an answer."""
        if running:
            return False
        self.close()
        return True
