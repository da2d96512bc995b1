"""What was spent, line by line."""

from __future__ import annotations

import asyncio
from datetime import date

from neurotui.app import usage_text
from neurotui.app.usage import read
from neurotui.plain.face import PlainFace


class Usage:
    """Feature: print what was spent."""

    def __init__(self, face: PlainFace) -> None:
        self._face = face
        face.commands.bind("usage", self.show)

    async def show(self) -> None:
        """Print it."""
        store = self._face.services.store
        report = await asyncio.to_thread(read, store.spending, store.library)
        self._face.printer.lines(usage_text.lines(report, date.today(), plotted=False))
