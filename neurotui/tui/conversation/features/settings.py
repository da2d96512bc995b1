"""The settings: show, change, apply and save them."""

from __future__ import annotations

import asyncio

from neurotui import i18n
from neurotui.app.services import Services
from neurotui.errors import SettingsNotSaved
from neurotui.settings.config import AUTO
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class SettingsChoice:
    """Feature: show all settings, and apply those that concern the whole pane."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._accounts = services.accounts
        self._dialogs = dialogs
        self._told = False
        """True once the user was told that the settings cannot be saved."""
        pane.commands.bind("settings", self.choose)
        pane.preferences.changed.append(self._take_over)
        pane.preferences.to_save.append(lambda: pane.run_worker(self._save(), group="settings"))
        pane.moments.ready.append(self._tell_of_problems)

    def choose(self) -> None:
        """Show all settings."""
        from neurotui.tui.dialogs.settings import SettingsScreen

        themes = set(self._pane.app.available_themes)
        own = sorted(name for name in themes if name.startswith("neurotui-"))
        self._dialogs.open(
            SettingsScreen(
                self._pane.preferences.file,
                themes=[AUTO, *own, *sorted(themes - {*own})],
                profiles=self._accounts.profiles(),
                check_url=lambda url: self._accounts.draft(url, ""),
                changed=self._pane.preferences.apply,
            )
        )

    def _take_over(self, key: tuple[str, ...]) -> None:
        pane, settings = self._pane, self._pane.preferences.settings
        match key:
            case ("language",):
                i18n.use(i18n.choose(settings.language))
                pane.retranslate()
            case ("text_width",):
                from neurotui.markdown.layout import set_readable

                set_readable(settings.text_width)
                pane.transcript.fit_again()
                pane.foot.fit()
                pane.show_path()
            case ("stream",) | ("system_prompt",) | ("profiles", _, "model"):
                pane.run_worker(pane.workspace.take_over(key), group="settings")

    async def _save(self) -> None:
        try:
            await asyncio.to_thread(self._pane.preferences.file.save)
        except SettingsNotSaved as error:
            if not self._told:
                self._told = True
                self._dialogs.tell(error)

    def _tell_of_problems(self) -> None:
        for problem in self._pane.preferences.file.problems:
            self._dialogs.tell(problem)
