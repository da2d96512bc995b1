"""What was spent, line by line."""

from __future__ import annotations

import asyncio
from datetime import date

from neurotui.app import usage_text
from neurotui.app.usage import read
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.budget import not_held, was_held
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session
from neurotui.plain.face import PlainFace


class Usage(WorkspaceObserver):
    """Feature: print what was spent."""

    def __init__(self, face: PlainFace) -> None:
        self._face = face
        face.commands.bind("usage", self.show)
        face.workspace.subscribe(self)

    def reply_ended(self, session: Session, answer: Message) -> None:
        """Tell of an answer that no limit in money could hold."""
        if not was_held(answer, self._face.preferences.settings.budget) and answer.bill is not None:
            self._face.tell(not_held(answer.bill.asked_model))

    async def show(self) -> None:
        """Print it."""
        store, settings = self._face.services.store, self._face.services.settings.settings
        report = await asyncio.to_thread(read, store.spending, store.library, store.learnt, settings)
        self._face.printer.lines(usage_text.lines(report, date.today(), plotted=False))
