"""Find in the current conversation: a bar above the status, and marks in the messages.

Enter and ↓ in the bar go to the next hit, Shift+Enter and ↑ to the previous one, as n and N do in the
messages. Escape closes the bar and removes the marks without scrolling.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.app.commands import find, key_name
from neurotui.app.listing import shown_for
from neurotui.app.services import Services
from neurotui.i18n import N_, _
from neurotui.i18n.formats import number
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs
from neurotui.tui.widgets.form import LineField

if TYPE_CHECKING:
    from neurotui.tui.message_list.hits import Hits

_STEPS = N_("next match"), N_("previous match")
_CLOSE = "escape", N_("close")
_TYPED = 28
"""Least width of the field (cells); the hints for the keys are shown only if there is more room."""


class Find:
    """Feature: find words, and go from hit to hit."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self.bar = FindBar(self)
        self._from: Widget | None = None
        """The widget that had the focus before the bar."""
        self._conversation = ""
        """Id of the conversation that is searched."""
        pane.notices.append(self.bar)
        pane.commands.bind("find", self.open, why_not=N_("There is nothing to search yet"))
        not_looking = N_("No search yet: press Ctrl+F")
        for name, step in (("find_next", 1), ("find_previous", -1)):
            pane.commands.bind(
                name, lambda step=step: self.step(step), when=lambda: self.bar.display, why_not=not_looking
            )
        pane.moments.shown.append(self._close_elsewhere)
        pane.moments.found.append(self.arrive)

    async def open(self, words: str = "") -> bool:
        """Open or focus the bar, and search for `words` if given; return False if there are no messages."""
        pane = self._pane
        await pane.loaded.wait()
        if not pane.transcript.views:
            return False
        await self._begin()
        field = self.bar.field
        if pane.screen.focused is not field:
            self._from = pane.screen.focused
        pane.screen.set_focus(field)
        if words and words != field.value:
            field.value = words  # which is a change, as if it had been typed
        else:
            field.action_select_all()
            self.look()
        return True

    async def arrive(self, words: str, message_id: str) -> None:
        """Mark the words by which a message was found in the history, and go to the first hit."""
        hits = await self._begin()
        self._from = None
        field = self.bar.field
        with field.prevent(LineField.Changed):
            field.value = words
        hits.look_for(words, apart=True, at=message_id)

    def look(self) -> None:
        """Search for the text in the bar."""
        if (hits := self._pane.transcript.hits) is not None:
            hits.look_for(self.bar.field.value)

    def step(self, step: int) -> bool:
        """Go to the next hit, or with -1 to the previous one; return False if the bar is closed."""
        hits = self._pane.transcript.hits if self.bar.display else None
        if hits is not None:
            hits.step(step)
        return hits is not None

    def read(self) -> None:
        """Move the focus from the bar to the messages."""
        self._pane.screen.set_focus(self._pane.transcript)

    def close(self) -> None:
        """Close the bar and remove the marks without scrolling."""
        pane, had_focus = self._pane, self.bar.display and self.bar.field.has_focus
        if self.bar.display:
            pane.open_panels.remove(self.escape)
        self.bar.display = False
        pane.transcript.end_find()
        if had_focus:
            pane.screen.set_focus(self._from if self._from is pane.transcript else pane.composer)

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys that go from hit to hit where the focus is, and what they do."""
        focused = self._pane.screen.focused
        keys: Sequence[str] = ()
        if focused is self.bar.field:
            keys = key_name("down"), key_name("up")
        elif focused is self._pane.transcript:
            keys = find("find_next").key, find("find_previous").key
        return [*zip(keys, _STEPS, strict=False), (key_name(_CLOSE[0]), _CLOSE[1])]

    def escape(self, running: bool) -> bool:
        """Close the bar on Escape; return False if an answer runs and the focus is elsewhere."""
        if running and not self.bar.field.has_focus:
            return False
        self.close()
        return True

    async def _begin(self) -> Hits:
        if not self.bar.display:
            self._pane.open_panels.append(self.escape)
        await self.bar.open()
        self._conversation = self._pane.session.conversation.id
        hits: Hits = self._pane.transcript.begin_find(self._show)
        return hits

    def _close_elsewhere(self) -> None:
        if self.bar.display and self._pane.session.conversation.id != self._conversation:
            self.close()

    def _show(self) -> None:
        """Show the number of hits."""
        hits = self._pane.transcript.hits
        findings = hits.findings if hits is not None else None
        if hits is None or findings is None:
            self.bar.found.text = ("…", "") if hits is not None and self.bar.field.value.strip() else ("", "")
        elif not findings.total:
            self.bar.found.text = _("nothing was found"), ""
        else:
            rank = number(hits.rank) if hits.rank else "–"
            switched = findings.query.switched
            self.bar.found.text = f"{rank}/{number(findings.total)}", shown_for(switched) if switched else ""


class FindBar(Horizontal):
    """One line with the field, the number of hits, and the keys."""

    DEFAULT_CSS = """
    FindBar { height: 1; margin: 0 2; display: none; }
    """

    def __init__(self, find: Find) -> None:
        super().__init__()
        self._find = find
        self.field = FindField(find, placeholder=_("Find in this conversation"))
        self.found = FoundLine(find)
        self.display = False

    async def open(self) -> None:
        """Show the bar; its parts are made the first time."""
        self.field.placeholder = _("Find in this conversation")
        self.display = True
        if not self.field.is_attached:
            await self.mount(self.field, self.found)

    @on(LineField.Changed)
    def _typed(self) -> None:
        self._find.look()


class FindField(LineField):
    """The field for the words to find."""

    DEFAULT_CSS = """
    FindField, FindField:focus { max-width: 60; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "step(1)", show=False),
        Binding("shift+enter,up", "step(-1)", show=False),
        Binding("tab", "to_messages", show=False),
    ]

    def __init__(self, find: Find, *, placeholder: str) -> None:
        super().__init__(placeholder=placeholder)
        self._find = find

    def action_step(self, step: int) -> None:
        self._find.step(step)

    def action_to_messages(self) -> None:
        """Move the focus to the messages, where n and N do what the arrows do here."""
        self._find.read()


class FoundLine(Widget):
    """The number of the reader's hit, the number of all, and hints for the keys that apply."""

    DEFAULT_CSS = """
    FoundLine { width: auto; height: 1; margin-left: 2; }
    """

    def __init__(self, find: Find) -> None:
        super().__init__()
        self._find = find

    def on_mount(self) -> None:
        self.watch(self.screen, "focused", self._focus_moved, init=False)

    def _focus_moved(self) -> None:
        self.refresh(layout=True)

    text: reactive[tuple[str, str]] = reactive(("", ""), layout=True)
    """The count of hits, and a note if the words were taken in the other layout."""

    def render(self) -> RenderResult:
        return self._content

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return self._content.cell_length

    @property
    def _content(self) -> Content:
        count, note = self.text
        found = count[:1].isdigit() or count[:1] in "–…"
        parts = [Content.styled(count, "" if found else "$text-warning")] if count else []
        if note:
            parts.append(Content.styled(note, "$foreground-muted"))
        hints = [
            Content.assemble(key, (f" {_(label)}", "$foreground-muted")) for key, label in self._find.hints()
        ]
        said, hinted = (Content("   ").join(each) for each in (parts, [*parts, *hints]))
        return hinted if hinted.cell_length <= self.screen.size.width - _TYPED else said
