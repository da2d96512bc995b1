"""The server in use: choose it, add one, change its key, or try the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from neurotui.app.accounts import Account
from neurotui.app.commands import find
from neurotui.app.services import Services
from neurotui.chat.conversation import Message
from neurotui.errors import ConfigurationError, KeyMissing
from neurotui.i18n import _
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class ServerAccounts:
    """Feature: switch to another account."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._services = services
        self._dialogs = dialogs
        pane.commands.bind("server", self.choose)
        pane.commands.bind("demo", lambda: self.use(services.demo()))
        pane.moments.ended.append(self._advise)
        pane.moments.shown.append(self._tell_of_trouble)
        pane.preferences.changed.append(self._take_over)
        if services.first_run:
            pane.moments.ready.append(lambda: self.connect(first_run=True))

    def choose(self) -> None:
        """Choose a server, change its key, or add one; if only the key is missing, ask for that first."""
        self._pane.hint.text = ""
        account = self._pane.account
        if isinstance(account.trouble, KeyMissing) and account.profile in self._services.accounts.profiles():
            self._pane.run_worker(self._add_key(account.profile))
        else:
            self._list()

    async def _add_key(self, profile: str) -> None:
        """Ask for the key of a profile; list the others if none is given."""
        if not await self._connect(profile, first_run=False) and len(self._services.accounts.profiles()) > 1:
            self._list()

    def _list(self) -> None:
        from neurotui.tui.dialogs.servers import Change, ServersScreen, Use

        pane = self._pane
        profiles, settings = self._services.accounts.profiles(), pane.preferences.settings

        def close(chosen: Use | Change | None) -> None:
            match chosen:
                case Use(profile):
                    pane.preferences.change(("profile",), profile)
                case Change(profile):
                    self.connect(profile)

        self._dialogs.open(ServersScreen(profiles, settings, pane.account.profile), close)

    def connect(self, profile: str = "", *, first_run: bool = False) -> None:
        """Ask the user for a server and a key: those of a profile, or new ones."""
        self._pane.run_worker(self._connect(profile, first_run))

    def use(self, account: Account) -> None:
        """Go on with another account, here and in new conversations; others keep theirs.

        Nothing of the demo goes to a real server, nor back: a new conversation is begun then.
        """
        pane = self._pane
        pane.hint.text = ""
        pane.workspace.use(account)
        if pane.account is not account:
            pane.hold(pane.workspace.new())

    async def _connect(self, profile: str, first_run: bool) -> bool:
        """Ask for a server and a key; return False if the dialog was closed without."""
        from neurotui.tui.dialogs.connect import ConnectScreen

        preferences = self._pane.preferences
        account = await self._dialogs.ask(
            ConnectScreen(
                self._services.accounts,
                preferences.settings,
                profile,
                demo=self._services.demo if first_run else None,
                use_language=(lambda code: preferences.change(("language",), code)) if first_run else None,
                kept=preferences.save,
            )
        )
        if account is not None:
            preferences.save()
            self.use(account)
            pane = self._pane
            if pane.account is account and pane.session.conversation.messages:
                pane.workspace.choose(pane.session, model=account.model)
        return account is not None

    def _advise(self, answer: Message, _writing: bool) -> None:
        if answer.error is not None and answer.error.kind == "key":
            self._pane.hint.text = _("{key}: change the key").format(key=find("server").key)

    def _take_over(self, key: tuple[str, ...]) -> None:
        match key:
            case ("profile",):
                self._use_profile(self._pane.preferences.settings.active_profile)
            case ("profiles", _, "base_url" | "key_command"):
                self._work(self._pane.workspace.take_over(key))

    def _use_profile(self, profile: str) -> None:
        async def use() -> None:
            self.use(await asyncio.to_thread(self._services.accounts.account, profile))

        self._work(use())

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        async def told() -> None:
            try:
                await work
            except ConfigurationError as error:
                self._dialogs.tell(error)

        self._pane.run_worker(told(), group="server")

    def _tell_of_trouble(self) -> None:
        """Say why nothing can be asked in a conversation that is opened, before it is tried."""
        account = self._pane.account
        if account.trouble is not None and account is not self._pane.workspace.account:
            self._dialogs.tell(account.trouble)
