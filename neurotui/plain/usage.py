"""What was spent, line by line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

from neurotui.app.long_work import LongWork
from neurotui.app.money import usage_text
from neurotui.app.money.usage import read
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
            model, profile = answer.bill.asked_model, answer.bill.profile
            lacks_rate = self._face.workspace.prices.lacks_rate(model, profile)
            self._face.tell(not_held(model, lacks_rate=lacks_rate))

    async def show(self) -> None:
        """Print it."""
        store, settings = self._face.services.store, self._face.services.settings.settings
        sources = store.spending, store.library, store.learnt, settings
        told: list[str] = []

        def tell(parts: Sequence[str]) -> None:
            if parts and not told:  # once: what changes cannot be read out
                told.append(parts[0])
                self._face.say(parts[0])

        work = LongWork(tell)
        try:
            report = await asyncio.to_thread(lambda: read(*sources, watch=work))
        finally:
            work.stop()
        self._face.printer.lines(usage_text.lines(report, date.today(), plotted=False))
