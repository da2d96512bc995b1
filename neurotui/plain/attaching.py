"""The command for files, and lines that name nothing but files."""

from __future__ import annotations

import asyncio

from neurotui.app.attachments.attaching import named, paths_in
from neurotui.app.commands import find
from neurotui.plain.face import PlainFace


class Attaching:
    """Feature: attach files to the next message."""

    def __init__(self, face: PlainFace) -> None:
        self._face = face
        face.commands.bind("attach", self.attach)
        face.alone[find("attach").slash] = self.choose
        face.take_paths = self.take_paths

    async def attach(self, path: str) -> None:
        """Attach the files that are named."""
        face = self._face
        account = face.workspace.account_of(face.session)
        await face.files.add(face.session, account, await asyncio.to_thread(named, path))

    async def choose(self) -> None:
        """List what is attached, to remove one of it."""
        await self._face.files.choose(self._face.session)

    async def take_paths(self, text: str) -> bool:
        """Attach the files that a line names if it does nothing else; return True then."""
        paths = await asyncio.to_thread(paths_in, text)
        if paths:
            face = self._face
            await face.files.add(face.session, face.workspace.account_of(face.session), paths)
        return bool(paths)
