"""Pictures of changes alone: widgets render only the rows that have changed.

Textual asks every widget in the box around all changes for all of its rows, cuts each row where a widget
begins, and puts the pieces together. Where an answer streams above a line that ticks, that is the whole
screen in every frame, and half of what a frame costs.
"""

from __future__ import annotations

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor, CompositorMap, CompositorUpdate
from textual.geometry import NULL_REGION, Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget


def supported() -> bool:
    """Return True if textual's compositor, and what calls it, have what the quick one relies on."""
    full_map = vars(Compositor)["full_map"].fget
    return (
        {"_full_map", "_dirty_regions"} <= set(Compositor.__init__.__code__.co_names)
        and "_full_map" in full_map.__code__.co_names
        and "_dirty_regions" in Compositor.render_partial_update.__code__.co_names
        and isinstance(vars(Compositor)["visible_widgets"], property)
        and issubclass(ChopsUpdate, CompositorUpdate)
        and "_compositor" in Screen.__init__.__code__.co_names
    )


class RowsUpdate(CompositorUpdate):
    """Rows of widgets, each with the column and the line of the screen where it begins."""

    def __init__(self, rows: list[tuple[int, int, Strip]]) -> None:
        self.rows = rows

    def render_segments(self, console: Console) -> str:
        """Return the rows as control sequences and text."""
        return "".join([f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for x, y, strip in self.rows])


class QuickCompositor(Compositor):
    """Textual's compositor, quick as long as the changed regions are not covered."""

    @property
    def full_map(self) -> CompositorMap:
        """The places of all widgets. Those that moved are marked to be drawn, which textual forgets."""
        before, now = self._full_map, super().full_map
        if now is not before:
            moved = {place.visible_region for _, place in now.items() ^ before.items()}
            self._dirty_regions |= moved - {NULL_REGION}
        return now

    def render_partial_update(self) -> RowsUpdate | ChopsUpdate | None:  # type: ignore[override]
        """Return the changed rows, or textual's update if a change is covered; None if nothing changed."""
        rows: list[tuple[int, int, Strip]] = []
        drawn: set[Region] = set()
        while regions := self._dirty_regions - drawn:  # to draw a widget may tell that others moved
            for region in regions:
                widget = self._uncovered(region)
                if widget is None:
                    return super().render_partial_update()
                at = self.visible_widgets[widget][0].offset
                strips = widget.render_lines(region.translate(-at))
                rows += [(region.x, y, strip) for y, strip in enumerate(strips, region.y)]
            drawn |= regions
        self._dirty_regions.clear()
        return RowsUpdate(rows) if rows else None

    def _uncovered(self, region: Region) -> Widget | None:
        """Return the one widget visible in all of a region; None if there are several."""
        for widget, (place, clip) in self.visible_widgets.items():  # from the front to the back
            seen = place.intersection(clip)
            if seen.overlaps(region):
                return widget if seen.contains_region(region) else None
        return None
