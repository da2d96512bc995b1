"""One conversation on the screen: it composes the widgets, changes the session, and owns no feature.

A feature binds its commands in `commands`, adds its widgets to `notices`, and is called at the `moments` that
it cares about.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.message import Message as Event
from textual.widget import Widget
from textual.worker import Worker

from neurotui.app.command_set import CommandSet
from neurotui.app.commands import Place
from neurotui.app.conversations import look_at
from neurotui.app.preferences import Preferences
from neurotui.app.services import Services
from neurotui.app.workspace import Workspace
from neurotui.chat.joining import shown_id
from neurotui.chat.session import Session
from neurotui.errors import StoreError
from neurotui.tui.conversation.asking import is_open
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.consent import Consent
from neurotui.tui.conversation.drafts import Drafts
from neurotui.tui.conversation.session_view import SessionView
from neurotui.tui.dialogs.opener import Dialogs
from neurotui.tui.message_list.messages import FilePressed, LinkPressed, VersionPressed
from neurotui.tui.message_list.view_place import ViewPlace

if TYPE_CHECKING:
    from neurotui.app.participants import Contender

_LATER = ("neurotui.tui.message_list.widget", "neurotui.chat.reply")
"""Modules that the first picture can do without, and the first question cannot."""


class ConversationPane(SessionView):
    """The view of the session in front, which can be changed for another one, and its features."""

    class Ready(Event):
        """Posted once everything is loaded that a question needs."""

    def __init__(
        self,
        services: Services,
        workspace: Workspace,
        preferences: Preferences,
        dialogs: Dialogs,
        commands: CommandSet,
    ) -> None:
        begun = services.conversation
        session = workspace.hold(begun) if begun is not None else workspace.new()
        super().__init__(session, workspace, preferences, commands)
        self.services = services
        self.preferences = preferences
        self.dialogs = dialogs
        self.loaded = asyncio.Event()
        """Set once everything is loaded that an action may need."""
        self.ending = False
        """True once the program is ending: no question is sent any more."""
        self.drafts = Drafts(services, workspace, self.composer, self.hold)
        self.open_panels: list[Callable[[bool], bool]] = []
        """Callbacks that close the open panels, the innermost last. Each is called on Escape with True if an
        answer runs, and returns True if it has taken the key."""
        self.notices: list[Widget] = []
        """Widgets between the conversation and the status, from top to bottom; most are hidden."""
        self.consent = Consent(self, workspace.asking, lambda: None if self.ending else self.session)
        """Asks about what is dear before it leaves."""
        self.contenders: Sequence[Contender] = ()
        """Those who get the next message in the place of the session's model; empty if nobody does."""
        self.alternative = ""
        """A model that has answered, while the one in use fails; empty for none."""
        self._leave = self.session.subscribe(self)
        self._places: dict[str, ViewPlace] = {}
        """Places where conversations were left, by the id of the conversation."""
        workspace.front = self.session

    def compose(self) -> ComposeResult:
        yield self.title_bar
        yield self.welcome
        yield from self.notices
        yield self.foot

    def on_mount(self) -> None:
        self.watch(self.screen, "selections", self._selection_changed, init=False)
        self.welcome.display = not self.session.conversation.messages
        self.show_server()
        self.status.show()
        self._limit_composer(self.app.size.height)

    def on_resize(self, event: events.Resize) -> None:
        self._limit_composer(event.size.height)

    async def load(self) -> None:
        """Load what the first picture can do without: importing the Markdown modules takes a while."""
        await asyncio.to_thread(lambda: [import_module(name) for name in _LATER])
        from neurotui.markdown.layout import set_readable
        from neurotui.tui.message_list.widget import Transcript

        set_readable(self.preferences.settings.text_width)
        self.transcript = self.composer.conversation = Transcript()
        self.key_bar.places[self.transcript] = Place.TRANSCRIPT
        await self.mount(self.transcript, after=self.welcome)
        self.watch(self.transcript, "cursor", self._cursor_moved, init=False)
        self.show_conversation()
        for each in self.moments.ready:
            each()
        self.loaded.set()
        self.post_message(self.Ready())

    # Actions

    @on(Composer.Submitted)
    async def send(self, event: Composer.Submitted) -> None:
        """Send a message; put it back into the input if a reply has begun meanwhile, or none can be had."""
        await self.loaded.wait()
        if self.session.running or self.ending or not is_open(self):
            self.composer.busy = self.session.running
            self.bring_back(event.draft)
            self.drafts.changed()
            self.drafts.keep()
            return
        self.drafts.sent(self.session.conversation.id)
        if (edited := self.composer.end_edit()) is not None:
            self.session.edit(edited, event.draft.text, event.draft.attachments)
        elif not any(took(event.draft) for took in self.moments.asked):
            self.session.send(event.draft.text, event.draft.attachments)

    async def open(self, conversation_id: str, message_id: str = "", query: str = "") -> None:
        """Show a conversation, or a new one if there is none with this id.

        With `message_id`, go to that message; with `query`, also mark the words by which it was found.
        """
        try:
            session = await self.workspace.open(conversation_id, message_id)
            await self.drafts.recall(conversation_id)
        except StoreError as error:
            self.dialogs.tell(error)
            return
        self.hold(session or self.workspace.new())
        if message_id in self.session.conversation.messages:
            if message_id not in {message.id for message in self.session.branch.path()}:
                self.look_at(message_id)
            message_id = shown_id(self.session.branch.path(), message_id)
            self.transcript.point_at(message_id)
            if query:
                for each in self.moments.found:
                    await each(query, message_id)

    def hold(self, session: Session) -> None:
        """Switch to another session as it was left; the former one goes on."""
        if session is self.session:
            return
        self.composer.end_edit()
        self.composer.wait()
        takes_along = not (
            session.conversation.messages or self.came_back or self.workspace.queued(self.session)
        )
        self._places[self.session.conversation.id] = self.transcript.place()
        if self.came_back:
            self.came_back = False
            self.drafts.changed()  # though it may have come this moment
        self.drafts.leave_for(session.conversation.id, takes_along=takes_along)
        self._leave()
        self.session = session
        self._leave = session.subscribe(self)
        self.workspace.front = session
        self.set_running(session.running)
        self.show_conversation()
        self.transcript.go_back_to(self._places.pop(session.conversation.id, ViewPlace()))
        self.composer.wait(self.workspace.queued(session))
        self.composer.focus()

    def look_at(self, message_id: str) -> None:
        """Show the branch of a message, and remember it."""
        self.session.branch.look_at(message_id)
        self.show_path()
        remembering = look_at(self.services.store.library, self.session, message_id)
        self.run_worker(remembering, group="branch", exit_on_error=False)

    def run_latest(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> Worker[None]:
        """Begin work in a worker; what its group was at is of no use any more, and is cancelled."""
        return self.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    def end(self) -> None:
        """Save the draft, and send no question, read nothing any more."""
        self.ending = True
        self.drafts.keep()

    # Showing

    def show_conversation(self) -> None:
        """Show the session from its beginning."""
        empty = not self.session.conversation.messages
        self.welcome.display, self.transcript.display = empty, not empty
        self.show_path()
        self.call_after_refresh(self._open_draft)
        for each in self.moments.shown:
            each()
        self.show_account()

    def show_account(self) -> None:
        """Show the current account and model."""
        self.composer.passed_on = frozenset({"demo"} if self.account.is_demo else ())
        self.show_server()
        self.status.show()
        for each in self.moments.account:
            each()

    def retranslate(self) -> None:
        """Switch to the current language."""
        self.composer.retranslate()
        for each in self.moments.translated:
            each()
        self.show_path()
        self.status.show()
        for widget in self.query("*"):
            widget.refresh(layout=True)

    # Internals

    def _limit_composer(self, height: int) -> None:
        # In cells: within widgets that are as high as needed, textual heeds no other limit.
        self.composer.styles.max_height = max(3, height * 2 // 5)

    @on(Composer.Waits)
    def _queue(self, event: Composer.Waits) -> None:
        self.workspace.queue(self.session, event.draft)

    @on(Composer.Changed)
    def _draft_changed(self) -> None:
        self.came_back &= bool(self.composer.text)
        self.drafts.changed()
        for each in self.moments.typed:
            each()

    @on(Composer.SelectionChanged)
    def _selection_changed(self) -> None:
        """Tell the key bar whether Ctrl+C copies something."""
        selected = any(
            each is not self.transcript or self.transcript.shows_selection for each in self.screen.selections
        )
        self.key_bar.selecting = selected or not self.composer.selection.is_empty

    def _cursor_moved(self) -> None:
        self.key_bar.refresh()

    @on(LinkPressed)
    async def _link_pressed(self, event: LinkPressed) -> None:
        await self.commands.run("open_link", event.url)

    @on(FilePressed)
    async def _file_pressed(self, event: FilePressed) -> None:
        await self.commands.run("view_file", event.message_id, event.digest)

    @on(VersionPressed)
    async def _version_pressed(self, event: VersionPressed) -> None:
        await self.commands.run("branch_next" if event.step > 0 else "branch_previous", event.message_id)

    def _open_draft(self) -> None:
        if not self.ending:
            conversation = self.session.conversation
            opening = self.drafts.open(conversation.id, is_new=not conversation.messages)
            self.run_worker(opening, group="recall", exit_on_error=False)
