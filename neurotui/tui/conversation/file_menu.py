"""The menu above the input with the files that match the text after an @."""

from __future__ import annotations

from textual.content import Content

from neurotui.app.attachments.file_index import Found
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.tui.conversation.input_menu import InputMenu

_LONGEST = 400
"""Longest path that is shown (characters)."""


class FileMenu(InputMenu[Found]):
    """A list of files and folders, one of them chosen."""

    def hint(self) -> str:
        return _("{run} attach · {complete} attach, or go into the folder · {close} close")

    def line(self, index: int, width: int) -> Content:
        path = clean_line(self.choices[index].text, _LONGEST)
        folder, slash, name = path.rstrip("/").rpartition("/")
        is_folder = "/" if self.choices[index].is_folder else ""
        text = Content.assemble((folder + slash, "$foreground-muted"), name, (is_folder, "$text-accent"))
        return text.truncate(max(width - 1, 0), ellipsis=True, pad=True)
