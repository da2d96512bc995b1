"""The state of the store: long work at the start, damage that was found, and failures to save."""

from __future__ import annotations

from collections.abc import Sequence

from neurotui.app import wording
from neurotui.app.commands import find
from neurotui.app.long_work import LongWork
from neurotui.app.services import Services
from neurotui.chat.text import clean_line
from neurotui.errors import StoreError
from neurotui.i18n import _
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Storage:
    """Feature: show long work and trouble of the store."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._store = services.store
        self._dialogs = dialogs
        self.long_work: LongWork | None = None
        """Work of the store in its threads, such as rescuing a damaged file; None until `watch`."""
        self._told: type[StoreError] | None = None
        """Kind of the trouble that was reported last."""
        self._noticed: StoreError | None = None
        """The damage that was reported last."""
        services.store.journal.subscribe(
            on_trouble=self.show_trouble, on_notice=self._tell_once, on_kept=self._tell_of_kept
        )
        pane.moments.ready.append(self._tell_of_damage)

    def watch(self) -> None:
        """Show long work in the status line from now on."""
        self.long_work = LongWork(self._show_long_work)
        self._store.watch(self.long_work)

    def show_trouble(self, trouble: StoreError | None) -> None:
        """Show the mark for unsaved messages while there is trouble; report each new kind of it."""
        self._pane.title_bar.unsaved = trouble is not None
        if trouble is not None and type(trouble) is not self._told:
            self._dialogs.tell(trouble)
        self._told = type(trouble) if trouble else None

    def _tell_of_damage(self) -> None:
        if self._store.notice is not None:
            self._tell_once(self._store.notice)

    def _tell_once(self, notice: StoreError) -> None:
        if notice is not self._noticed:
            self._noticed = notice
            self._dialogs.tell(notice)

    def _tell_of_kept(self, conversation_id: str) -> None:
        """Tell that a conversation was deleted in another window, but not for good."""
        session = self._pane.workspace.session_of(conversation_id)
        name = clean_line(session.conversation.name if session else "", 60) or _("new conversation")
        if conversation_id == self._pane.session.conversation.id:
            title = _("This conversation was deleted in another window")
        else:
            title = _("“{name}” was deleted in another window").format(name=name)
        words = _("It is kept, because an answer is being written in it.")
        self._dialogs.say(words, title=title, severity="warning", seconds=10)

    def _show_long_work(self, parts: Sequence[str]) -> None:
        pane = self._pane
        if parts and pane.is_attached:
            keys = _("{key} quits").format(key=find("quit").key)
            pane.status.line.line = wording.StatusText("◌", "accent", (*parts[:2], keys, *parts[2:]))
        elif pane.is_attached:
            pane.status.show()
