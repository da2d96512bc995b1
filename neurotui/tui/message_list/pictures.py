"""Pictures of messages as lines: decoded beside the event loop, when they come into view, and once each.

What was drawn is kept by digest and size, the least lately shown goes first. Nothing is decoded that is not
seen: a line that is painted asks for its picture, and is painted again when that is there.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from math import ceil
from typing import NamedTuple, Protocol
from weakref import WeakSet

from neurotui.app.attachments.raster import Ground, Raster, as_png, can_decode, is_drawable, raster
from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs
from neurotui.i18n import _
from neurotui.markdown.wrap import LaidOutLine
from neurotui.tui.terminal.graphics import (
    Graphics,
    block_lines,
    deletion,
    placeholder_lines,
    transmission,
)

FILE = "!file-"
"""Pseudo-link: clicking such a span shows the file with the digest behind it."""
MOST_CELLS = 60_000
"""Cells of pictures that are kept: twelve screens full."""
_LEAST_ROWS = 3
"""Of fewer rows a picture tells nothing."""
_MOST_WAITING = 8
"""Pictures that wait to be decoded; of more, those asked for first are dropped, and asked for again."""
_CELL = (10, 20)
"""Pixels of a cell that a picture is scaled to for kitty."""

Lines = Sequence[LaidOutLine]


class Box(NamedTuple):
    """Size of a picture on the screen (cells)."""

    columns: int
    rows: int


class _Key(NamedTuple):
    digest: str
    box: Box
    graphics: Graphics
    ground: Ground

    @property
    def link(self) -> str:
        """The link of its lines."""
        return f"{FILE}{self.digest}"


class Watcher(Protocol):
    """A view with pictures in it."""

    def picture_came(self) -> None:
        """Called when a picture that was asked for has been drawn, or cannot be."""


class Pictures:
    """The pictures of one app."""

    def __init__(self, blobs: Blobs, send: Callable[[str], object]) -> None:
        """`send` writes a sequence to the terminal."""
        self.most_rows = 12
        """Height that a picture has in a conversation at most (lines)."""
        self._graphics = Graphics.BLOCKS
        self._ground: Ground = (0, 0, 0)
        self._blobs = blobs
        self._send = send
        self._watchers: WeakSet[Watcher] = WeakSet()
        self._drawn: OrderedDict[_Key, Lines] = OrderedDict()
        self._numbers: dict[_Key, int] = {}
        """Numbers of the pictures that the terminal has."""
        self._last_number = 0x4E5400
        self._waiting: OrderedDict[_Key, Attachment] = OrderedDict()
        self._in_work: _Key | None = None
        """The picture that is being decoded."""
        self._work: asyncio.Task[None] | None = None

    @property
    def graphics(self) -> Graphics:
        """The way they are drawn on this terminal."""
        return self._graphics

    @graphics.setter
    def graphics(self, graphics: Graphics) -> None:
        if graphics is not self._graphics:
            self._graphics = graphics
            self._tell()

    @property
    def ground(self) -> Ground:
        """The background of the current theme."""
        return self._ground

    @ground.setter
    def ground(self, ground: Ground) -> None:
        if ground != self._ground:
            self._ground = ground
            self._tell()

    def draws(self, attachment: Attachment) -> bool:
        """True if a file is a picture that can be drawn here."""
        return not self.why_not(attachment)

    def why_not(self, attachment: Attachment) -> str:
        """Return why a file is not drawn; empty if it is."""
        if attachment.kind is AttachmentKind.IMAGE and not is_drawable(attachment):
            return _("This picture is too large to be drawn, or its header is damaged")
        if self._graphics is Graphics.NONE:
            return _("This terminal has too few colours for pictures")
        if not can_decode():
            return _("To see pictures, install neurotui[images]")
        return "" if is_drawable(attachment) else _("This picture cannot be drawn")

    def fit(self, height: int) -> None:
        """Have pictures in conversations take half of a window's height at most."""
        self.most_rows = max(_LEAST_ROWS, height // 2)

    def watch(self, watcher: Watcher) -> None:
        """Tell a view of pictures that came, as long as it is there."""
        self._watchers.add(watcher)

    def lines(self, attachment: Attachment, box: Box) -> Lines | None:
        """Return a picture as lines, fewer than the box has if it cannot be drawn; None while it is made."""
        key = _Key(attachment.blob.digest, box, self._graphics, self._ground)
        found = self._drawn.get(key)
        if found is not None:
            self._drawn.move_to_end(key)
            return found
        if key == self._in_work:
            return None
        self._waiting[key] = attachment
        self._waiting.move_to_end(key)
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)
        if self._work is None:
            self._work = asyncio.get_running_loop().create_task(self._draw())
        return None

    async def sixels(self, attachment: Attachment, width: int, height: int) -> str:
        """Return the sequence that draws a picture in a space (pixels); empty if it cannot be drawn."""
        return await asyncio.to_thread(self._sixels, attachment, width, height, self._ground)

    def forget(self) -> None:
        """Forget what the terminal has: it was cleared."""
        for key in self._numbers:
            self._drawn.pop(key, None)
        self._numbers.clear()
        self._tell()

    def clear(self) -> None:
        """Have the terminal forget all pictures; for the end of the app."""
        for number in self._numbers.values():
            self._send(deletion(number))
        self._numbers.clear()

    # Internals

    async def _draw(self) -> None:
        try:
            while self._waiting:
                self._in_work, attachment = self._waiting.popitem()
                found = await asyncio.to_thread(self._scaled, self._in_work, attachment)
                self._keep(self._in_work, found)
                self._tell()
        finally:
            self._work = self._in_work = None

    def _tell(self) -> None:
        for watcher in list(self._watchers):
            watcher.picture_came()

    def _scaled(self, key: _Key, attachment: Attachment) -> Raster | bytes | None:
        """Return the pixels of a picture, for kitty as a PNG; None if it is damaged or gone."""
        across, down = _CELL if key.graphics is Graphics.KITTY else (1, 2)
        try:
            with self._blobs.open(attachment.blob) as file:
                found = raster(file, across * key.box.columns, down * key.box.rows, key.ground)
            return as_png(found) if key.graphics is Graphics.KITTY else found
        except Exception:  # noqa: BLE001 - a damaged picture raises anything, and is only named then
            return None

    def _sixels(self, attachment: Attachment, width: int, height: int, ground: Ground) -> str:
        from neurotui.tui.terminal.sixel import sixels

        try:
            with self._blobs.open(attachment.blob) as file:
                return sixels(raster(file, width, height, ground))
        except Exception:  # noqa: BLE001 - as above
            return ""

    def _keep(self, key: _Key, found: Raster | bytes | None) -> None:
        lines: Lines = ()
        if isinstance(found, Raster):
            lines = block_lines(found, key.link)
        elif found is not None:
            self._last_number += 1
            self._numbers[key] = self._last_number
            self._send(transmission(self._last_number, found, *key.box))
            lines = placeholder_lines(self._last_number, key.box, key.ground, key.link)
        self._drawn[key] = lines
        while sum(_cells(each) for each in self._drawn) > MOST_CELLS and len(self._drawn) > 1:
            gone, _lines = self._drawn.popitem(last=False)
            if (number := self._numbers.pop(gone, None)) is not None:
                self._send(deletion(number))


def _cells(key: _Key) -> int:
    return key.box.columns * key.box.rows


def fitting(attachment: Attachment, columns: int, rows: int) -> Box:
    """Return the cells that a picture takes within a space; a cell is twice as high as wide.

    It keeps its proportions, and is made no larger than a pixel in half a cell.
    """
    width, height = max(1, attachment.facts.width), max(1, attachment.facts.height)
    scale = min(columns / width, 2 * rows / height, 1.0)
    return Box(max(1, min(columns, round(width * scale))), max(1, min(rows, ceil(height * scale / 2 - 0.01))))


_in_use: list[Pictures] = []


def use(pictures: Pictures) -> None:
    """Draw pictures by these from now on."""
    _in_use[:] = [pictures]


def in_use() -> Pictures | None:
    """Return the pictures of the app; None where none are drawn."""
    return _in_use[0] if _in_use else None
