"""The input: many lines, growing with the text. Enter sends, / begins a command, ↑ recalls earlier prompts.

Nothing is sent by accident, and nothing is lost. A text that looks like a command but is none is sent only by
a second Enter; the user is asked about a text that looks like an API key; while an answer runs, the text
stays in the input and is sent when the answer has ended. A paste is text, whatever is in it, and a large one
is folded to a sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets.text_area import Location

from neurotui.app import slash
from neurotui.app.command_set import CommandSet
from neurotui.app.commands import COMMANDS, Command, Place
from neurotui.app.prompts import Prompts
from neurotui.errors import EditorFailed
from neurotui.i18n import _
from neurotui.tui.conversation.slash_menu import SlashMenu
from neurotui.tui.terminal.app import TerminalApp
from neurotui.tui.terminal.bindings import bindings
from neurotui.tui.widgets.folding_text_area import FoldingTextArea
from neurotui.wire.secrets import key_in

if TYPE_CHECKING:
    from neurotui.tui.message_list.widget import Transcript


SLASHES = ("/", ".")
"""Beginnings of a command; the second is a slash typed on the other layout."""


@dataclass(frozen=True, slots=True)
class Edited:
    """An earlier question that is being edited in the input."""

    question_id: str
    text: str
    """The question as it was asked."""
    set_aside: str
    """The text that was in the input before."""


class Composer(FoldingTextArea):
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

    class Submitted(Message):
        """The user wants `text` to be sent."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Waits(Message):
        """The user wants `text` to be sent when the answer has ended; an empty text cancels that."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, commands: CommandSet) -> None:
        self.busy = False
        """True while a message is being sent or answered: the next one waits."""
        self.passed_on: frozenset[str] = frozenset()
        """Names of slash commands that are sent to the model, such as the demo's."""
        self.conversation: Transcript | None = None
        """The messages above, which get the keys that cannot move any further in the input."""
        self._commands = commands
        self.menu = SlashMenu(self._choose)
        self._prompts = Prompts()
        self._recalled_at: Location | None = None
        """The place of the cursor when an earlier prompt was recalled; None if none is shown."""
        self._waiting = ""
        """The message to be sent when the answer has ended; its text is still in the input."""
        self._doubted = False
        """True once the user was warned that the text is not a command."""
        self._edited: Edited | None = None
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
    def draft(self) -> str:
        """The text to keep over a restart, without an earlier question that was not changed yet."""
        if self._edited is not None and self.message == self._edited.text:
            return self._edited.set_aside
        return self.message

    def bring_back(self, text: str) -> None:
        """Put an unanswered prompt back into the input, unless there is new text."""
        if not self.text.strip():
            self.put(text)

    def remember(self, prompts: list[str]) -> None:
        """Set the prompts of this conversation for the arrow keys, oldest first."""
        self._prompts.remember(prompts)

    def remember_earlier(self, prompts: list[str]) -> None:
        """Set the prompts of all conversations for the arrow keys, oldest first."""
        self._prompts.remember_earlier(prompts)

    def wait(self, message: str) -> None:
        """Note that `message`, still in the input, is sent when the answer has ended; "" if none is."""
        self._waiting = message
        if message:
            self._note("↳ " + _("will be sent when the answer has ended"))
        elif self.border_subtitle:
            self.border_subtitle = ""

    def sent(self, message: str) -> None:
        """Remember a message that waited and is sent now, and remove it from the input."""
        self._prompts.add(message)
        if self._waiting == message:
            self.wait("")
            self.put("")
            self.pastes.clear()

    def begin_edit(self, question_id: str, text: str) -> None:
        """Put an earlier question into the input to be edited; `end_edit` restores the former text."""
        set_aside = self.message if self._edited is None else self._edited.set_aside
        self.put(text)
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
        """Close the menu of commands, cancel editing, and cancel the waiting message."""
        self.end_edit()
        self.menu.close()
        self._withdraw()

    # Sending

    def action_send(self) -> None:
        row, column = self.cursor_location
        if self.document.get_line(row)[:column].endswith("\\"):
            self.replace("\n", (row, column - 1), (row, column))
            return
        text = self.text
        if not text.strip():
            return
        read: slash.Text | slash.Call | slash.Doubtful = slash.Text(text)
        if text.startswith(SLASHES):
            read = slash.read(text, self._commands.offered(), self.passed_on)
        if not isinstance(read, slash.Call) and (chosen := self.menu.chosen):
            self._choose(chosen)
            return
        match read:
            case slash.Call(command, argument):
                self._give(command, argument)
            case slash.Doubtful() if not self._doubted:
                self._note("▲ " + slash.doubt(read))
                self._doubted = True
            case slash.Doubtful():
                self._submit(self.message.strip())
            case slash.Text(message):
                self._submit(self.pastes.unfold(message).strip())

    def _submit(self, message: str, *, key_is_meant: bool = False) -> None:
        """Send `message`, or first do what has to be done before."""
        if not key_is_meant and (key := key_in(message)):
            self._ask_about(key, message)
        elif self.busy and self._edited is not None:
            self._note("▲ " + _("An answer is being written: stop it first, or wait"))
        elif self.busy:
            self.wait(message)
            self.post_message(self.Waits(message))
        else:
            self.busy = True
            self._prompts.add(message)
            self.put("")
            self.pastes.clear()
            self.post_message(self.Submitted(message))

    def _ask_about(self, key: str, message: str) -> None:
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        def answered(yes: bool | None) -> None:
            if yes:
                self._submit(message, key_is_meant=True)

        question = ConfirmScreen(
            _("Send a text with an API key in it?"),
            _("{key} looks like a key. Whoever runs the server can read and keep it.").format(
                key=f"{key[:3]}…{key[-4:]}"
            ),
            yes=_("Send"),
            no=_("Do not send"),
        )
        self.app.push_screen(question, answered)

    def _note(self, text: str) -> None:
        self.border_subtitle = Content(text)

    def _withdraw(self) -> None:
        self._doubted = False
        if self._waiting:
            self.post_message(self.Waits(""))
        self.wait("")

    # Commands

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "complete" or self.menu.chosen is not None

    def action_complete(self) -> None:
        if chosen := self.menu.chosen:
            self.put(chosen.slash + (" " if chosen.argument else ""))
            self.menu.open(self, [] if chosen.argument else [chosen])

    def _choose(self, command: Command) -> None:
        """Run a command chosen from the menu, or complete it if it wants an argument."""
        if command.argument:
            self.action_complete()
        else:
            self._give(command)

    def _give(self, command: Command, argument: str = "") -> None:
        self.put("")
        arguments = (argument,) if command.argument else ()
        action = "app", "command", (command.name, *arguments)
        self.screen.run_worker(self.app.run_action(action))  # it waits until all is loaded

    def update_suggestion(self) -> None:
        """Follow a change of the text: textual calls this before anything else can happen."""
        self._withdraw()
        if self.menu.display or self.text.startswith(SLASHES):
            self.menu.open(self, self._begun())
        if not self.loading_text:
            self._prompts.leave()
            self._recalled_at = None

    def on_focus(self) -> None:
        self.menu.open(self, self._begun())

    def on_blur(self) -> None:
        self.menu.close()

    def _begun(self) -> list[Command]:
        text = self.text
        if not text.startswith(SLASHES) or self.loading_text:
            return []
        return slash.begun(text, self._commands.offered(), self.passed_on)

    # Editing

    @work(exit_on_error=False)
    async def action_editor(self) -> None:
        """Edit the message in the user's own editor, which is lent the terminal."""
        from neurotui.tui.terminal.editor import edit

        assert isinstance(self.app, TerminalApp)
        try:
            text = await edit(self.message, self.app.lend_terminal)
        except EditorFailed as error:
            self.notify(
                ". ".join(filter(None, (error.cause, error.hint))),
                title=error.title,
                severity="error",
                markup=False,
            )
            return
        self.rewrite(text)
        self.focus()

    # Moving: at the edges lie the earlier prompts, and beyond a short text the conversation

    def action_cursor_up(self, select: bool = False) -> None:
        at_edge = self.cursor_location == self._recalled_at or self.navigator.is_first_wrapped_line(
            self.cursor_location
        )
        if self.menu.chosen and not select:
            self.menu.move(-1)
        elif select or not at_edge or not self._recall(self._prompts.older(self.text)):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        at_edge = self.cursor_location == self._recalled_at or self.navigator.is_last_wrapped_line(
            self.cursor_location
        )
        if self.menu.chosen and not select:
            self.menu.move(1)
        elif select or not at_edge or not self._recall(self._prompts.newer()):
            super().action_cursor_down(select)

    def _recall(self, prompt: str | None) -> bool:
        if prompt is None:
            return False
        self.put(prompt)
        self._recalled_at = self.cursor_location
        return True

    def action_cursor_page_up(self) -> None:
        if self.max_scroll_y or (conversation := self.conversation) is None:
            super().action_cursor_page_up()
        else:
            conversation.action_page_up()

    def action_cursor_page_down(self) -> None:
        if self.max_scroll_y or (conversation := self.conversation) is None:
            super().action_cursor_page_down()
        else:
            conversation.action_page_down()

    def action_cursor_line_end(self, select: bool = False) -> None:
        """Go to the end of the line; if already there, to the end of the conversation, as its mark says."""
        before = self.cursor_location
        super().action_cursor_line_end(select)
        if self.cursor_location == before and not select and (conversation := self.conversation):
            conversation.action_to_end()
