"""Every scene as it is seen: its letters, its borders, whatever had no room, and how to go on from there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

from neurotui.tui.dialogs.dialog import SMALL, Dialog
from neurotui.tui.themes import DARK, LIGHT
from neurotui.tui.widgets.form import Form, LineField
from neurotui.tui.widgets.pick_list import PickList
from tests.scenes import SCENES, Scene, Stage, staged
from tests.tui.sizes import SIZES, in_sizes_and_languages
from tests.tui.test_screens import check, check_leaving
from tests.tui.test_themes import faults

HASTE = 0.02
LEFT_OUT = {"stall", "error-balance", "connection-below", "narrow"}
"""A stall takes seconds of silence; the others are like one that is looked at, but for a text or the size."""
CORNERS = {"╭": (1, 1), "╮": (-1, 1), "╰": (1, -1), "╯": (-1, -1)}
"""With each, the directions of its two lines."""
SIDES = {"│", "├", "┤", "┴", "┬"}
LOTS = 1000
"""Cells in which every text has room."""


@in_sizes_and_languages
async def test_every_scene_is_legible_whole_and_says_how_to_go_on(
    tmp_path: Path, size: tuple[int, int], language: str, request: pytest.FixtureRequest
) -> None:
    """Each scene is seen in both themes, in one on a screen; with --slow, in both on each."""
    every = request.config.getoption("--slow")
    found: list[str] = []
    async with staged(tmp_path, language=language, size=size, pace=HASTE) as stage:
        # What is said in the chats would stand in the history, so that is looked at before.
        ordered = sorted(SCENES.items(), key=lambda item: not item[1].title)
        for place, (name, scene) in enumerate(ordered, SIZES.index(size)):
            if name in LEFT_OUT:
                continue
            await scene.go(stage)
            await stage.pilot.pause()
            with told(found, stage, name):
                check(stage, scene)
            for theme in (LIGHT, DARK) if every else ((LIGHT, DARK)[place % 2],):
                stage.app.theme = theme
                await stage.pilot.pause()
                found += faults(stage, theme, name)
            for fault in await broken(stage, scene):
                found += [f"{name}: {fault}", *stage.shown()]
            if scene.title and not scene.runs:
                with told(found, stage, name):
                    await check_leaving(stage)
            await stage.leave()
    assert not found, "\n".join(found)


@contextmanager
def told(found: list[str], stage: Stage, name: str) -> Iterator[None]:
    """Note what does not hold, and go on."""
    try:
        yield
    except (AssertionError, TimeoutError) as error:
        found += [f"{name}: {error}", *stage.shown()]


async def broken(stage: Stage, scene: Scene) -> list[str]:
    """Look for what is torn or cut; while an answer runs, until what ticks has been drawn as it stands."""
    found: list[str] = []

    def is_whole() -> bool:
        found[:] = [*torn(stage, scene), *cut(stage)]
        return not found

    if not is_whole() and stage.pane.workspace.running:
        with suppress(TimeoutError):
            await stage.until(is_whole)
    return found


def torn(stage: Stage, scene: Scene) -> Iterator[str]:
    """The corners that are no corners of a whole box, behind a dialog too.

    On a small screen, around a dialog there would be little but torn ones, so there is nothing.
    """
    rows = [line.ljust(stage.app.size.width) for line in stage.shown()]
    front = stage.app.screen.query_one("#panel").region if scene.title else Region()
    is_small = stage.app.size.width < SMALL[0] or stage.app.size.height < SMALL[1]
    if front and is_small and isinstance(stage.app.screen, Dialog):
        around = [(x, y) for y, line in enumerate(rows) for x, letter in enumerate(line) if letter != " "]
        if not all(front.contains(*place) for place in around):
            yield "something is to be seen around the dialog"
    for y, line in enumerate(rows):
        for x, character in enumerate(line):
            if character not in CORNERS:
                continue
            right, down = CORNERS[character]
            across = next((at for at in _way(x, right, len(line)) if line[at] in CORNERS), None)
            along = next((at for at in _way(y, down, len(rows)) if rows[at][x] in CORNERS), None)
            if across is None or along is None:
                yield f"{character} at {x}, {y} has no other corner"
                continue
            box = Region.from_union([Region(at_x, at_y, 1, 1) for at_x in (x, across) for at_y in (y, along)])
            ends = {line[across], rows[along][x], rows[along][across], character}
            sides = {rows[at][column] for at in range(box.y + 1, box.bottom - 1) for column in (x, across)}
            if ends != CORNERS.keys() or not sides <= SIDES:
                yield f"the box at {box} is torn"


def _way(start: int, step: int, length: int) -> range:
    return range(start + step, length if step > 0 else -1, step)


def cut(stage: Stage) -> Iterator[str]:
    """The texts of which words are missing, or parts of words, and no ellipsis says so."""
    screen = stage.app.screen
    lines = stage.shown()
    for widget in screen.walk_children(Widget):
        if isinstance(widget, Form):
            yield from _cut_labels(stage, widget)
        if not widget.is_on_screen or widget.is_container or not widget.content_size:
            continue
        if isinstance(widget, LineField) and not widget.value:
            if cell_len(str(widget.placeholder)) > widget.content_size.width:
                yield f"{widget}: there is no room for {widget.placeholder!r}"
            continue
        if isinstance(widget, PickList):
            yield from _cut_rows(widget)
            continue
        whole = widget.render()
        if not isinstance(whole, Content) or not _is_seen_whole(stage, widget):
            continue
        region = widget.content_region
        seen = " ".join(lines[y][region.x : region.right] for y in range(region.y, region.bottom))
        missing = [word for word in _words(whole.plain) if word not in _words(seen)]
        is_split = "".join(whole.plain.split()) in "".join(seen.split())  # words longer than a line
        if missing and "…" not in seen and not is_split:
            yield f"{widget}: {missing} of {whole.plain!r} are not in {seen!r}"


def _is_seen_whole(stage: Stage, widget: Widget) -> bool:
    """True if nothing lies over a widget, and all of it is scrolled into view."""
    screen, region = stage.app.screen, widget.region
    columns = region.x, region.x + region.width // 2, region.right - 1
    places = [(x, y) for x in columns for y in (region.y, region.bottom - 1)]
    return screen.region.contains_region(region) and all(
        screen.get_widget_at(*place)[0] is widget for place in places
    )


def _words(text: str) -> list[str]:
    """The words but those that time changes, with figures or bars in them."""
    return [word for word in text.split() if word.strip(".,:;()…").isalpha()]


def _cut_labels(stage: Stage, form: Form) -> Iterator[str]:
    """The labels of a form, which draws them itself, that end before they are over."""
    lines = stage.shown()
    for field, label in form._labels.items():
        left, y = form.region.x, field.region.y
        if field.display and y < len(lines) and stage.app.screen.get_widget_at(left, y)[0] is form:
            seen = lines[y][left : field.region.x].strip()
            if seen != label:
                yield f"{label!r} is cut to {seen!r}"


def _cut_rows(pick_list: PickList) -> Iterator[str]:
    """A row may leave out a column, but shows no part of a word without an ellipsis."""
    width = pick_list.scrollable_content_region.width
    for index in range(pick_list._count):
        whole, shown = (pick_list._row(index, cells).plain for cells in (LOTS, width))
        stumps = [word for word in shown.split() if word not in whole.split() and "…" not in word]
        if re.search(r"\s\s…(\s|$)", shown):
            yield f"nothing is left of a column in {shown!r}"
        if stumps:
            yield f"{stumps} in {shown!r} are no words of {' '.join(whole.split())!r}"
