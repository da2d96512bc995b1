"""The command that changes settings, each by its number."""

from __future__ import annotations

import asyncio

from neurotui import i18n
from neurotui.app.setting_rows import Row, rows
from neurotui.chat.text import clean_line
from neurotui.errors import BadSettings
from neurotui.i18n import _
from neurotui.plain.face import PlainFace


class SettingsList:
    """Feature: change settings."""

    def __init__(self, face: PlainFace) -> None:
        self._face = face
        face.commands.bind("settings", self.choose)

    async def choose(self) -> None:
        """Print all settings with their values, and change the chosen one."""
        found = [row for row in rows(self._face.preferences.settings) if not row.where_else]
        place = await self._face.questions.choose([_line(row) for row in found])
        if place is not None:
            await self._change(found[place])

    async def _change(self, row: Row) -> None:
        face = self._face
        if row.choices:
            place = await face.questions.choose([label for _value, label in row.choices], row.title)
            typed = None if place is None else row.choices[place][0]
        else:
            typed = await face.questions.text(_("{title}; a minus is the default: ").format(title=row.title))
            typed = typed if typed and typed.strip() else None
        if typed is None:
            return
        try:
            value = row.default if typed == "-" else row.parse(typed)
            face.preferences.file.change(row.key, value)
        except (ValueError, BadSettings) as error:
            face.say(str(error))
            return
        if row.key == ("language",):
            i18n.use(i18n.choose(face.preferences.settings.language))
        await face.workspace.take_over(row.key)
        await asyncio.to_thread(face.preferences.file.save)
        face.say(_line(next(other for other in rows(face.preferences.settings) if other.key == row.key)))


def _line(row: Row) -> str:
    title = f"{row.group}, {row.title}" if row.group else row.title
    return f"{clean_line(title)}: {clean_line(row.shown)}"
