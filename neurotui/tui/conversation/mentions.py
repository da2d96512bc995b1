"""An @ in the input opens a list of files; the one that is chosen becomes a chip.

Files are looked for below the current folder, which is walked beside the event loop, and walked again if that
was a while ago. A path of its own (`/`, `~`, `..`) lists the folder it names, which is read beside the loop
too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from textual.widgets.text_area import Location

from neurotui.app.attachments.file_index import FileIndex, Found, folder_of, is_path, listed, matching
from neurotui.app.attachments.mention import Mention, mention_in
from neurotui.app.commands import Command
from neurotui.tui.conversation.file_menu import FileMenu
from neurotui.tui.widgets.text_area import CompatTextArea

WALK_AGAIN = 3.0
"""Time after which a new mention has the folder walked again (seconds)."""


class Mentions:
    """The mention before the cursor, and the menu of the files that it may mean."""

    def __init__(
        self, composer: CompatTextArea, attach: Callable[[Path, Location, Location], object]
    ) -> None:
        """`attach` puts the chip of a file in the place of a part of the text."""
        self._composer = composer
        self._attach = attach
        self.menu = FileMenu(self._take)
        self._index: FileIndex | None = None
        self._folders: dict[str, list[Found] | None] = {}
        """Contents of the folders that were named since the menu was opened; None while one is read."""
        self._left: Location | None = None
        """The place of the @ whose menu was closed by Escape."""
        self._at: Location | None = None
        """The place of the @ that the menu was opened for."""

    @property
    def chosen(self) -> Found | None:
        """The file that Enter takes; None if the menu is closed."""
        return self.menu.chosen

    def update(self) -> None:
        """Follow a change of the text, or of the place of the cursor."""
        mention, place = self._mention()
        if place != self._left:
            self._left = None
        if mention is None or place == self._left:
            self._at = None
            self.menu.close()
            return
        if place != self._at:
            self._at = place
            self._folders.clear()
            self._walk()
        self._show(mention)

    def begin(self) -> None:
        """Put an @ at the cursor, which opens the menu."""
        row, column = self._composer.selection.start
        before = self._composer.document.get_line(row)[:column]
        self._composer.insert_here("@" if not before or before[-1].isspace() else " @")

    def offer(self, command: Command | None) -> bool:
        """Open the menu in the place of a command that attaches, without a path; False for any other one."""
        if command is None or command.name != "attach":
            return False
        self._composer.clear()
        self.begin()
        return True

    def close(self) -> bool:
        """Close the menu and leave the text as it is; False if it is closed already."""
        if not self.menu.display:
            return False
        self._left = self._at
        self.menu.close()
        return True

    def take(self) -> None:
        """Attach the file or the folder that is chosen."""
        if (found := self.chosen) is not None:
            self._take(found)

    def complete(self) -> None:
        """Attach the file that is chosen, or go into the folder."""
        if (found := self.menu.at_cursor) is None:
            return
        if not found.is_folder:
            self._take(found)
            return
        mention, _place = self._mention()
        if mention is not None:
            start, end = self._span()
            self._composer.replace(mention.spelled(found.text), start, end, maintain_selection_offset=False)

    # Internals

    def _take(self, found: Found) -> None:
        start, end = self._span()
        self.menu.close()
        self._attach(found.path, start, end)

    def _mention(self) -> tuple[Mention | None, Location | None]:
        row, column = self._composer.cursor_location
        if not self._composer.selection.is_empty or row >= self._composer.document.line_count:
            return None, None
        mention = mention_in(self._composer.document.get_line(row)[:column])
        return mention, (row, mention.start) if mention is not None else None

    def _span(self) -> tuple[Location, Location]:
        _mention, start = self._mention()
        end = self._composer.cursor_location
        return start or end, end

    def _show(self, mention: Mention) -> None:
        query = mention.query
        if not is_path(query):
            self._open(self._index.search(query) if self._index is not None else [], query)
            return
        folder, begun = folder_of(query)
        if folder not in self._folders:
            self._folders[folder] = None
            self._beside(self._read(folder))
        self._open(matching(self._folders[folder] or (), begun), begun)

    def _open(self, found: list[Found], typed: str) -> None:
        chosen = self.chosen
        self.menu.open(self._composer, found, typed=bool(typed) or chosen in found)
        if chosen in found:
            self.menu.cursor = found.index(chosen)

    def _walk(self) -> None:
        try:
            root = Path.cwd()
        except OSError:  # the folder was deleted
            self._index = None
            return
        if self._index is None or self._index.root != root:
            self._index = FileIndex(root)
        if self._index.walked_at + WALK_AGAIN < time.monotonic():
            self._beside(self._read_all(self._index))

    async def _read_all(self, index: FileIndex) -> None:
        loop = asyncio.get_running_loop()

        def told() -> None:
            loop.call_soon_threadsafe(self._refresh)

        await asyncio.to_thread(index.walk, told)
        self._refresh()

    async def _read(self, folder: str) -> None:
        root = self._index.root if self._index is not None else Path("/")
        self._folders[folder] = await asyncio.to_thread(listed, folder, root)
        self._refresh()

    def _refresh(self) -> None:
        """Show what was found since, unless the menu was left meanwhile."""
        mention, place = self._mention()
        if mention is not None and place == self._at and self._composer.is_attached:
            self._show(mention)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        self._composer.run_worker(work, group="files", exit_on_error=False)
