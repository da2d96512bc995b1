"""Every theme, over everything that is drawn: letters can be told from what they stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from textual.color import Color
from textual.selection import SELECT_ALL
from textual.widgets import Input, TextArea

from neurotui.markdown.blocks import Span
from neurotui.markdown.wrap import LaidOutLine
from neurotui.tui.message_list.painter import Shown
from neurotui.tui.message_list.styles import STYLES
from neurotui.tui.themes import DARK, DARK_16, LIGHT, LIGHT_16, MUTED, TEXT, contrast
from neurotui.tui.widgets.pick_list import PickList
from tests.scenes import SCENES, Stage, staged

HASTE = 0.02
BACKDROP = 1.25
"""The least contrast of what lies behind a dialog, and is dimmed."""
LOOKED_AT = ("welcome", "find", "slash", "search", "help")
"""Scenes that together have every widget; with --slow, all are looked at."""
SOME = (
    *(DARK, LIGHT, DARK_16, LIGHT_16, "ansi-dark", "ansi-light"),
    *("atom-one-dark", "atom-one-light", "solarized-light"),
)
"""Themes of every kind, those of the least contrast among them; with --slow, all are looked at."""
EVERY: tuple[str, ...] = ()
"""Of whatever themes there are."""
some_or_every = pytest.mark.parametrize(
    "themes", [SOME, pytest.param(EVERY, marks=pytest.mark.slow)], ids=["some", "every"]
)
NAMED = {
    ("color(0)", "color(7)"),  # selected, a cursor
    ("color(7)", "color(0)"),
    ("color(15)", "color(0)"),
    ("color(0)", "color(15)"),
    ("color(0)", "color(2)"),  # a button with the focus
    ("color(0)", "color(3)"),
    ("color(0)", "color(5)"),
    ("color(15)", "color(5)"),
}
"""Pairs of the sixteen colours, text and ground, that differ in every common palette."""
BARS = {"bar", "code-bar", "code-fill", "rule", "border", "pad", "cursor"}
"""Styles of what is no text."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, size=(100, 50), pace=HASTE) as stage:
        yield stage


async def every_scene(stage: Stage, names: tuple[str, ...]) -> AsyncIterator[str]:
    """Go to scenes; each is left as it was come to, and then with all selected that can be."""
    for name in names:
        await SCENES[name].go(stage)
        await stage.pilot.pause()
        yield name
        if select(stage):
            await stage.pilot.pause()
            select(stage)  # a draft that was opened meanwhile has taken the selection away
            await stage.pilot.pause()
            if stage.app.screen.selections:
                assert any(shown.selected for shown in stage.pane.transcript.shown)
            yield f"{name}, selected"
        stage.app.screen.clear_selection()
        stage.app.theme = DARK
        await stage.leave()


def select(stage: Stage) -> bool:
    """Select all of the field with the focus, or of the conversation; True if there was something."""
    match stage.app.screen.focused:
        case Input() as field if field.value:
            field.action_select_all()
        case TextArea() as area if area.text:
            area.action_select_all()
        case _ if stage.app.screen is stage.chat and stage.pane.transcript.display:
            stage.app.screen.selections = {stage.pane.transcript: SELECT_ALL}
        case _:
            return False
    return True


async def every_theme(stage: Stage, themes: tuple[str, ...]) -> AsyncIterator[str]:
    """Show one theme after the other: these, or all where none is named."""
    for theme in themes or stage.app.available_themes:
        stage.app.theme = theme
        await stage.pilot.pause()
        yield theme


def lettered(stage: Stage) -> Iterator[tuple[Segment, bool]]:
    """Everything drawn that has letters in it; with each, True if it lies behind a dialog."""
    panels = [widget.region for widget in stage.app.screen.query("#panel, Toast")]
    for y, strip in enumerate(stage.app.screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            if any(character.isalnum() for character in segment.text):
                assert segment.style is not None
                inside = any(panel.contains(x, y) for panel in panels)
                yield segment, stage.app.screen is not stage.chat and not inside
            x += segment.cell_length


def pair(segment: Segment) -> tuple[RichColor, RichColor]:
    """The colours of a text and of its ground as they are seen."""
    style = segment.style
    assert style is not None
    over, under = style.color or RichColor.default(), style.bgcolor or RichColor.default()
    return (under, over) if style.reverse else (over, under)


def ratio(segment: Segment) -> float:
    over, under = (Color.from_rich_color(color) for color in pair(segment))
    return contrast(over, under)


def is_legible_in_names(segment: Segment) -> bool:
    """True if the terminal's own colours keep the text apart: one of them, or a pair that always differs."""
    over, under = pair(segment)
    hues = {"default", *(f"color({number})" for number in (1, 2, 3, 4, 5, 6, 9, 13))}
    return (
        (over.is_default and under.is_default)
        or (over.is_default and under.name in hues)
        or (under.is_default and over.name in hues)
        or (over.name, under.name) in NAMED
    )


def least(stage: Stage, segment: Segment, behind: bool) -> float:
    """The contrast that a letter must have."""
    if behind:
        return BACKDROP
    muted = Color.parse(stage.app.get_css_variables()["foreground-muted"]).rich_color
    return MUTED if muted in pair(segment) else TEXT


def faults(stage: Stage, theme: str, scene: str) -> list[str]:
    ansi = stage.app.current_theme.ansi
    return [
        f"{scene}, {theme}: {segment.text.strip()!r} {segment.style}"
        for segment, behind in lettered(stage)
        if not (is_legible_in_names(segment) if ansi else ratio(segment) >= least(stage, segment, behind))
    ]


async def look(
    stage: Stage,
    names: tuple[str, ...],
    themes: tuple[str, ...],
    check: Callable[[Stage, str, str], list[str]],
) -> None:
    found = []
    async for scene in every_scene(stage, names):
        async for theme in every_theme(stage, themes):
            found += check(stage, theme, scene)
    assert not found, "\n".join(found)


@some_or_every
async def test_no_letter_vanishes_in_any_theme(stage: Stage, themes: tuple[str, ...]) -> None:
    await look(stage, LOOKED_AT, themes, faults)


@pytest.mark.slow
async def test_no_letter_vanishes_in_any_theme_in_any_scene(stage: Stage) -> None:
    await look(stage, tuple(SCENES), EVERY, faults)


@some_or_every
async def test_no_letter_vanishes_in_sixteen_colours(
    stage: Stage, themes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a terminal of sixteen colours gets them: two colours may have become the same one."""
    monkeypatch.setattr(stage.app.console, "_color_system", ColorSystem.STANDARD)

    def vanished(stage: Stage, theme: str, scene: str) -> list[str]:
        return [
            f"{scene}, {theme}: {segment.text.strip()!r} {segment.style}"
            for segment, _behind in lettered(stage)
            if not all(color.is_default for color in pair(segment))
            and len({color.downgrade(ColorSystem.STANDARD).number for color in pair(segment)}) == 1
        ]

    stage.app.theme = LIGHT  # what was drawn before is drawn again
    await stage.pilot.pause()
    await look(stage, ("search",), themes, vanished)


@pytest.mark.parametrize("scene", ["slash", "search"])
async def test_the_chosen_row_of_a_list_has_one_ground(stage: Stage, scene: str) -> None:
    """Where it is drawn reversed, a word in a colour would stand on a ground of its own."""
    await SCENES[scene].go(stage)
    await stage.pilot.pause()
    lists = [each for each in stage.app.screen.query(PickList) if each.region]
    async for theme in every_theme(stage, (DARK_16, LIGHT_16, "ansi-dark")):
        rows = [each.render_line(y) for each in lists for y in range(each.size.height)]
        chosen = [row for row in rows if any(is_reversed(segment) for segment in row)]
        grounds = [{pair(segment)[1] for segment in row} for row in chosen]
        assert len(grounds) == 1 and len(grounds[0]) == 1, (theme, grounds)


def is_reversed(segment: Segment) -> bool:
    return segment.style is not None and bool(segment.style.reverse)


@some_or_every
async def test_selected_text_has_contrast_whatever_its_colour(stage: Stage, themes: tuple[str, ...]) -> None:
    await stage.read()
    transcript = stage.pane.transcript
    async for theme in every_theme(stage, themes):
        for word in STYLES:
            for bases in ("", "code-fill"):
                shown = Shown(LaidOutLine((Span("letters", word),), base=bases), selected=(0, 7))
                chosen = [each for each in transcript.strip(shown) if "letters" in each.text]
                assert len(chosen) == 1
                if stage.app.current_theme.ansi:
                    assert tuple(color.name for color in pair(chosen[0])) in NAMED, (theme, word)
                else:
                    assert ratio(chosen[0]) >= TEXT, (theme, word)


@some_or_every
async def test_what_is_selected_can_be_told_from_what_is_not(stage: Stage, themes: tuple[str, ...]) -> None:
    await stage.read()
    transcript = stage.pane.transcript
    async for theme in every_theme(stage, themes):
        for word in STYLES:
            line = LaidOutLine((Span("letters", word),))
            plain, chosen = transcript.strip(Shown(line)), transcript.strip(Shown(line, selected=(0, 7)))
            assert list(plain) != list(chosen), (theme, word)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
async def test_text_of_our_themes_has_contrast(stage: Stage, theme: str) -> None:
    await stage.read()
    stage.app.theme = theme
    await stage.pilot.pause()
    muted = {"target", "dim", "code-label", "code-key", "code-wrap", "code-comment", "more"}
    for word in STYLES.keys() - BARS:
        segment = Segment("letters", stage.pane.transcript.look(word))
        assert ratio(segment) >= (MUTED if word in muted else TEXT), word


@pytest.mark.parametrize("theme", [DARK, LIGHT])
async def test_without_colours_what_is_selected_is_reversed(stage: Stage, theme: str) -> None:
    stage.app.no_color = True
    await stage.read()
    stage.app.theme = theme
    await stage.pilot.pause()
    for word in STYLES.keys() - {"more", "hit-here"}:
        line = LaidOutLine((Span("letters", word),))
        for selected in ((0, 7), None):
            strip = stage.pane.transcript.strip(Shown(line, selected=selected))
            (letters,) = [each for each in strip if "letters" in each.text]
            assert letters.style is not None
            assert bool(letters.style.reverse) is (selected is not None), word
            assert letters.style.color is None and letters.style.bgcolor is None


@some_or_every
@pytest.mark.parametrize("no_color", [False, True])
async def test_hits_can_be_told_from_text_and_the_reader_s_from_the_others(
    stage: Stage, no_color: bool, themes: tuple[str, ...]
) -> None:
    stage.app.no_color = no_color
    await stage.read()
    async for theme in every_theme(stage, themes):
        look = stage.pane.transcript.look
        for word in STYLES.keys() - BARS - {"more", "hit", "hit-here"}:
            looks = {str(look(words)) for words in (word, f"{word} hit", f"{word} hit-here")}
            assert len(looks) == 3, (theme, word)
