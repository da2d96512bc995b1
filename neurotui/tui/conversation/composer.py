"""The input: many lines, growing with the text. Enter sends, / begins a command, @ finds a file, ↑ recalls.

Nothing is sent by accident, and nothing is lost. A text that looks like a command but is none is sent only by
a second Enter; the user is asked about a text that looks like an API key; while an answer runs, the text
stays in the input and is sent when the answer has ended. A paste is text, whatever is in it, unless it names
files; those, and a large paste, are chips (`neurotui.app.attachments.chips`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets.text_area import Selection
from textual.worker import Worker

from neurotui.app import slash
from neurotui.app.attachments.chips import as_message
from neurotui.app.command_set import CommandSet
from neurotui.app.commands import COMMANDS, Command, Place
from neurotui.app.prompts import Edited
from neurotui.chat.attachments import NOTHING, Draft
from neurotui.i18n import _
from neurotui.tui.conversation.input_menu import undecided
from neurotui.tui.conversation.lower_edge import LowerEdge
from neurotui.tui.conversation.mentions import Mentions
from neurotui.tui.conversation.prompt_area import PromptArea
from neurotui.tui.conversation.slash_menu import SlashMenu
from neurotui.tui.terminal.bindings import bindings
from neurotui.wire.secrets import key_in

if TYPE_CHECKING:
    from neurotui.tui.conversation.attaching import Attaching
    from neurotui.tui.conversation.before_sending import BeforeSending

SLASHES = ("/", ".")
"""Beginnings of a command; the second is a slash typed on the other layout."""
AT_ONCE = 0.1
"""Keys wait so long at most until a message with files has left (seconds)."""


class Composer(PromptArea):
    """A multi-line input. Posts `Submitted` when a message is to be sent, and clears itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Place.INPUT),
        Binding("tab", "complete", show=False),
        Binding(
            "ctrl+enter,alt+shift+enter,ctrl+shift+enter,alt+ctrl+enter,alt+ctrl+shift+enter",
            "newline",
            show=False,
        ),
    ]

    class _Told(Message):
        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class Submitted(_Told):
        """The user wants a message to be sent."""

    class Waits(_Told):
        """The user wants a message to be sent when the answer has ended; an empty one cancels that."""

    attaching: Attaching
    """The files on their way into the input; set by the feature."""
    before_sending: BeforeSending
    """What is asked before a message leaves; set by the feature."""

    def __init__(self, commands: CommandSet) -> None:
        self.busy = False
        """True while a message is being sent or answered: the next one waits."""
        self.passed_on: frozenset[str] = frozenset()
        """Names of slash commands that are sent to the model, such as the demo's."""
        self._commands = commands
        self.menu = SlashMenu(self._choose)
        self.arguments: dict[str, Callable[[], Iterable[str]]] = {}
        """Functions that return what a command may be given, by its name; set by the features."""
        self._waiting = NOTHING
        """The message to be sent when the answer has ended; it is still in the input."""
        self._sending: Worker[None] | None = None
        """Makes sure of the message that is to be sent."""
        self._doubted = False
        """True once the user was warned that the text is not a command."""
        self._edited: Edited | None = None
        self._edge = LowerEdge(self)
        self.note, self.estimate = self._edge.note, self._edge.estimate
        self.mentions = Mentions(self, lambda path, *place: self.attaching.add_paths([path], *place))
        super().__init__()
        for command in COMMANDS:
            if command.place is Place.INPUT:
                commands.bind(command.name, getattr(self, f"action_{command.name}"))

    def on_mount(self) -> None:
        self.retranslate()

    def retranslate(self) -> None:
        """Switch to the current language."""
        self.placeholder = _("Message")

    # For the pane

    @property
    def edited_id(self) -> str | None:
        """The id of the earlier question that is being edited; None if none is."""
        return self._edited.question_id if self._edited is not None else None

    @property
    def draft(self) -> Draft:
        """What to keep over a restart, without an earlier question that was not changed yet."""
        if self._edited is not None and self.message == self._edited.asked:
            return self._edited.set_aside
        return self.written

    def bring_back(self, draft: Draft) -> None:
        """Put an unanswered prompt back into the input, unless there is something new."""
        if not self.text.strip():
            self.put(draft)

    def wait(self, draft: Draft = NOTHING) -> None:
        """Note that a message, still in the input, is sent when the answer has ended; an empty one: none."""
        self._waiting = draft
        if draft:
            self.note("↳ " + _("will be sent when the answer ends"))
        elif self._edge.noted:
            self.note("")

    def sent(self, draft: Draft) -> None:
        """Remember a message that waited and is sent now, and remove it from the input."""
        self.prompts.add(draft)
        if self._waiting == draft:
            self.wait()
            self.put("")
            self.forget()

    def begin_edit(self, question_id: str, draft: Draft) -> None:
        """Put an earlier question into the input to be edited; `end_edit` restores the former text."""
        set_aside = self.written if self._edited is None else self._edited.set_aside
        self.put(draft)
        self._edited = Edited(question_id, self.message, set_aside)
        self.border_title = Content(_("editing an earlier question · Esc leaves it as it was"))

    def end_edit(self) -> str | None:
        """End the editing of an earlier question and return its id; None if none is edited."""
        if (edited := self._edited) is None:
            return None
        self._edited = None
        self.put(edited.set_aside)
        self.border_title = ""
        return edited.question_id

    def step_back(self) -> None:
        """Close the menu, or else cancel editing, and cancel the waiting message."""
        if self.mentions.close():
            return
        self.end_edit()
        self.menu.close()
        self._withdraw()

    # Sending

    async def action_send(self) -> None:
        row, column = self.cursor_location
        if self.document.get_line(row)[:column].endswith("\\"):
            self.replace("\n", (row, column - 1), (row, column))
            return
        if self.mentions.chosen is not None:
            self.mentions.take()
            return
        if self.menu.is_undecided or self.mentions.menu.is_undecided:
            self.note("▲ " + undecided())
            return
        chip = self.chips.at(self.document.get_line(row), column)
        if chip is not None and self.selection.is_empty:
            if chip.attachment is not None:
                self.attaching.files.show(chip.attachment)
            return
        if not (text := self.text).strip():
            return
        lead = self.chips.lead(text)  # files that were attached before, which stay
        words = text[len(lead) :]
        read: slash.Text | slash.Call | slash.Doubtful = slash.Text(words)
        if words.startswith(SLASHES):
            read = slash.read(words, self._commands.offered(), self.passed_on)
        chosen = self.menu.chosen
        if chosen is not None and (not isinstance(read, slash.Call) or isinstance(chosen, slash.Call)):
            self._choose(chosen)
            return
        match read:
            case slash.Call(command, argument):
                self._give(command, argument, lead)
            case slash.Doubtful(command=command) if self.mentions.offer(command):
                pass
            case slash.Doubtful() if not self._doubted:
                self.note("▲ " + slash.doubt(read))
                self._doubted = True
            case slash.Doubtful():
                await self._submit(text)
            case slash.Text(message):
                await self._submit(lead + message)

    async def _submit(self, text: str) -> None:
        """Send a text of this input, or first do what has to be done before."""
        draft = as_message(self.pieces(text))
        is_asked = self.before_sending.price is not None and self.before_sending.price.is_limited
        if not self.chips.within(text) and not key_in(draft.text) and not is_asked:
            self._leave(draft)
            return
        waits = asyncio.Event()
        make_sure = partial(self._make_sure, text, waits)
        self._sending = self.run_worker(make_sure, group="send", exclusive=True, exit_on_error=False)
        with suppress(TimeoutError):  # so that keys behind this one find the input as it will be
            async with asyncio.timeout(AT_ONCE):
                await waits.wait()

    async def _make_sure(self, text: str, waits: asyncio.Event) -> None:
        """Send a text unless something is against it, which is asked; a change of the text ends this."""
        try:
            if await self.before_sending.sure(text, waits.set):
                self._sending = None
                self._leave(as_message(self.pieces(text)))
            else:
                self.note("")
        finally:
            waits.set()

    def _leave(self, draft: Draft) -> None:
        """Send a message now, or when the answer has ended."""
        if not draft:
            return
        if self.busy and self._edited is not None:
            self.note("▲ " + _("An answer is being written: stop it first, or wait"))
        elif self.busy:
            self.wait(draft)
            self.post_message(self.Waits(draft))
        else:
            self.busy = True
            self.prompts.add(draft)
            self.put("")
            self.forget()
            self.post_message(self.Submitted(draft))

    def _withdraw(self) -> None:
        self._doubted = False
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        if self._waiting:
            self.post_message(self.Waits(NOTHING))
        self.wait()

    # Commands

    def action_complete(self) -> None:
        """Complete what is typed, or else move the focus, at once: the next key is for what has it then."""
        if self.mentions.menu.display:
            self.mentions.complete()
        elif isinstance(chosen := self.menu.at_cursor, slash.Call):
            self.put(f"{chosen.command.slash} {chosen.argument}")
            self.menu.open(self, [chosen])
        elif chosen is not None:
            self.put(chosen.slash + (" " if chosen.argument else ""))
            self.menu.follow(self, self._begun() if chosen.argument else [chosen])
        else:
            self.screen.focus_next()

    def _choose(self, command: Command | slash.Call) -> None:
        """Run a command chosen from the menu, or complete it if it wants an argument."""
        if isinstance(command, slash.Call):
            self._give(command.command, command.argument)
        elif command.argument and not self.mentions.offer(command):
            self.action_complete()
        elif not command.argument:
            self._give(command)

    def _give(self, command: Command, argument: str = "", kept: str = "") -> None:
        if argument:  # ↑ brings it back, to be corrected: whether it succeeds is not known yet
            self.prompts.add(Draft(f"{command.slash} {argument}"))
        self.put(kept)
        parts = (command.name, argument) if command.argument else (command.name,)
        self.screen.run_worker(self.app.run_action(("app", "command", parts)))  # waits until all is loaded

    def update_suggestion(self) -> None:
        """Follow a change of the text: textual calls this before anything else can happen."""
        if self.renaming:
            return
        self._withdraw()
        self.mentions.update()
        if self.menu.display or self.text.startswith(SLASHES):
            self.menu.follow(self, self._begun())
        if not self.loading_text:
            self.leave_prompts()

    def on_focus(self) -> None:
        self.menu.follow(self, self._begun())

    def on_blur(self) -> None:
        self.menu.close()
        self.mentions.close()

    def watch_selection(self, before: Selection, after: Selection) -> None:
        super().watch_selection(before, after)
        if self.mentions.menu.display:
            self.mentions.update()

    def _begun(self) -> Sequence[Command | slash.Call]:
        text = self.text
        if not text.startswith(SLASHES) or self.loading_text:
            return []
        begun = slash.begun(text, self._commands.offered(), self.passed_on)
        return begun or slash.arguments(text, self._commands.offered(), self.arguments)

    # Files

    async def paste(self, text: str) -> None:
        """Insert a text from outside; what names files, and what is large, becomes chips.

        A terminal pastes nothing where the clipboard holds a picture.
        """
        if not text:
            self.action_paste()
        elif not await self.attaching.take_paste(text):
            await super().paste(text)

    def action_paste(self) -> None:
        self.attaching.files.ask_clipboard()

    # Moving: a menu that is open first

    def action_cursor_up(self, select: bool = False) -> None:
        if not self._move_in_menu(-1, select):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if not self._move_in_menu(1, select):
            super().action_cursor_down(select)

    def _move_in_menu(self, rows: int, select: bool) -> bool:
        opened = [menu for menu in (self.menu, self.mentions.menu) if menu.display and not select]
        for menu in opened[:1]:
            menu.move(rows)
        return bool(opened)
