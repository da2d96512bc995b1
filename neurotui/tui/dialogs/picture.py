"""A picture as large as the screen allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.widget import Widget

from neurotui.chat.attachment_words import attachment_name, media_label
from neurotui.chat.attachments import Attachment
from neurotui.i18n import N_, _
from neurotui.markdown.wrap import LaidOutLine, width_of
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.message_list.pictures import Pictures, fitting, in_use
from neurotui.tui.terminal.driver import sixel_cell, write
from neurotui.tui.terminal.graphics import MOST_CELLS, Graphics, pixel_style
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.key_hints import KeyHints

MOST_PIXELS = 1200
"""Width or height of a picture as sixels: a larger one takes seconds to be drawn (pixels)."""


class PictureScreen(Dialog[tuple[str, Attachment] | None]):
    """Dialog that shows one of some pictures; its result is what is to be done with one: open, save."""

    DEFAULT_CSS = """
    PictureScreen #panel {
        width: 100%; max-width: 100%; height: 100%; max-height: 100%; padding: 0 1;
        PictureView { width: 100%; height: 1fr; }
        KeyHints { padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,enter,{twins('q,Q')}", "dismiss(None)", show=False),
        Binding("left,up", "step(-1)", show=False),
        Binding("right,down,space", "step(1)", show=False),
        Binding(twins("o,O"), "done('open')", show=False),
        Binding(twins("s,S"), "done('save')", show=False),
    ]

    def __init__(self, pictures: Sequence[Attachment], at: int = 0) -> None:
        super().__init__()
        self._pictures = pictures
        self._at = at

    def compose(self) -> ComposeResult:
        hints = [("o", N_("open")), ("s", N_("save")), ("escape", N_("close"))]
        if len(self._pictures) > 1:
            hints = [("left,right", N_("other picture")), *hints]
        with Vertical(id="panel"):
            yield PictureView()
            yield KeyHints(*hints)

    def on_mount(self) -> None:
        self._show()

    def action_step(self, step: int) -> None:
        self._at = (self._at + step) % len(self._pictures)
        self._show()

    def action_done(self, verb: str) -> None:
        self.dismiss((verb, self._pictures[self._at]))

    def _show(self) -> None:
        picture = self._pictures[self._at]
        panel, count = self.query_one("#panel"), len(self._pictures)
        told = f"{media_label(picture)} · {self._at + 1}/{count}" if count > 1 else media_label(picture)
        words = (attachment_name(picture), told) if picture.name else (told,)
        panel.border_title = title_with_detail(*words)
        self.query_one(PictureView).show(picture)


class PictureView(Widget):
    """A picture in the middle of its room: in kitty's way, else as sixels, else as half blocks."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: Attachment | None = None
        self._sixels = ""
        """The sequence that draws it; empty while it is made, and where the terminal knows none."""
        self._place = Offset()
        """Where that is drawn (cells of the screen)."""

    def on_mount(self) -> None:
        if (pictures := in_use()) is not None:
            pictures.watch(self)

    def on_resize(self) -> None:
        self._make_sixels()

    def show(self, picture: Attachment) -> None:
        """Show a picture."""
        self._picture = picture
        self._make_sixels()
        self.refresh()

    def picture_came(self) -> None:
        """Show what was asked for."""
        if self.is_attached:
            self.refresh()

    def _make_sixels(self) -> None:
        self._sixels = ""
        pictures, picture = in_use(), self._picture
        if pictures is None or picture is None or pictures.graphics is not Graphics.BLOCKS or not self.size:
            return
        if pictures.draws(picture) and (cell := sixel_cell(self.app)) is not None:
            self.run_worker(self._draw_sixels(pictures, picture, cell), group="sixels", exclusive=True)

    async def _draw_sixels(self, pictures: Pictures, picture: Attachment, cell: tuple[int, int]) -> None:
        width, height = (min(MOST_PIXELS, at * each) for at, each in zip(cell, self.size, strict=True))
        height -= height % 6  # a row of sixels that is not whole would scroll the last line
        self._sixels = await pictures.sixels(picture, width, height)
        scale = min(width / picture.facts.width, height / picture.facts.height, 1.0)
        columns, rows = (
            -(-round(pixels * scale) // each)
            for pixels, each in zip((picture.facts.width, picture.facts.height), cell, strict=True)
        )
        self._place = Offset((self.size.width - columns) // 2, (self.size.height - rows) // 2)
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._sixels:
            self.call_after_refresh(self._send_sixels)
        return super().render_lines(crop)

    def _send_sixels(self) -> None:
        """Draw over the blanks that were painted."""
        if self._sixels and self.is_attached and self.screen.is_active:
            column, row = self.content_region.offset + self._place
            write(self.app, f"\x1b7\x1b[{row + 1};{column + 1}H{self._sixels}\x1b8")

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        look = self.visual_style.rich_style
        line = None if self._sixels else self._line(y, min(width, MOST_CELLS), min(height, MOST_CELLS))
        if line is None:
            return Strip.blank(width, look)
        left = (width - width_of(line.text)) // 2
        right = width - left - width_of(line.text)
        words = [Segment(span.text, pixel_style(span.style) if span.style else look) for span in line.spans]
        return Strip([Segment(" " * left, look), *words, Segment(" " * right, look)], width)

    def _line(self, y: int, columns: int, rows: int) -> LaidOutLine | None:
        """Return the line of the picture in a row; None where there is none."""
        pictures, picture = in_use(), self._picture
        if pictures is None or picture is None or not columns or not rows:
            return None
        words = pictures.why_not(picture)
        drawn = None if words else pictures.lines(picture, fitting(picture, columns, rows))
        if drawn is None:
            words = words or _("Reading the picture…")
        elif not drawn:
            words = _("This picture cannot be drawn")
        if words:
            from neurotui.markdown.blocks import Span

            return LaidOutLine((Span(words),)) if y == rows // 2 else None
        assert drawn is not None
        at = y - (rows - len(drawn)) // 2
        return drawn[at] if 0 <= at < len(drawn) else None
