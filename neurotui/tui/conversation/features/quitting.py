"""The question before the program ends, asked if something would be lost."""

from __future__ import annotations

from collections.abc import Collection

from neurotui.app.commands import find
from neurotui.app.services import Services
from neurotui.chat.text import clean, clean_line
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

LONGEST_NAME = 60
"""Characters of a conversation's name in the last line."""


def last_line(names: Collection[str], *, is_demo: bool) -> str:
    """Return what is left in the shell: which conversations were saved, and how to go on."""
    command = "neurotui --demo -c" if is_demo else "neurotui -c"
    if len(names) == 1:
        name = clean_line(next(iter(names)), LONGEST_NAME)
        return _("“{name}” is saved. {command} goes on with it").format(name=name, command=command)
    words = ngettext(
        "{n} conversation is saved. {command} goes on with the last one",
        "{n} conversations are saved. {command} goes on with the last one",
        len(names),
    )
    return words.format(n=number(len(names)), command=command)


class Quitting:
    """Feature: ask before quitting, but only once: quitting again is an answer."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._journal = services.store.journal
        self._dialogs = dialogs
        self._is_sure = False
        """True while the user is asked, or has confirmed."""

    def asks(self) -> bool:
        """Ask the user if quitting would lose something; return True if it would."""
        if self._is_sure:
            return False
        turns = (session.turn for session in self._pane.workspace.running)
        running = sum(turn is not None and not turn.ended for turn in turns)
        if (trouble := self._journal.trouble) is not None and self._journal.unsaved:
            question = _("Quit and lose what is not saved?")
            how = _("{title}. {key} saves a conversation as a file.").format(
                title=clean(trouble.title), key=find("save").key
            )
            self._ask(question, how, _("Quit"))
        elif running:
            question = ngettext(
                "An answer is being written", "{n} answers are being written", running
            ).format(n=number(running))
            self._ask(question, _("The text received so far is kept."), _("Stop and quit"))
        return self._is_sure

    def _ask(self, question: str, how: str, yes: str) -> None:
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        self._is_sure = True

        async def answered(sure: bool | None) -> None:
            if sure:
                await self._pane.commands.run("quit")
            self._is_sure = False

        self._dialogs.open(ConfirmScreen(question, how, yes=yes, no=_("Stay")), answered)
