"""A moving picture: an SVG of what a terminal showed, frame by frame. Pure.

It is CSS alone: no script, no font from elsewhere, so that it moves in an `<img>`. Each distinct row of cells
stands in it once; rows that are seen at the same times form a group, and one rule of keyframes shows and
hides it. Without the rules, and for those who asked their system for less motion, it is its last frame.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from rich.cells import cell_len
from rich.color import blend_rgb
from rich.segment import Segment
from rich.terminal_theme import SVG_EXPORT_THEME, TerminalTheme

CELL = 12.2
LINE = 24.4
LEFT, TOP = 9, 41
"""Of the cells in the window, which is drawn as in the pictures that rich makes."""
BASELINE = 18.5
FONT = "ui-monospace,'Cascadia Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
"""Fonts that systems bring; `textLength` makes each of them fit."""


@dataclass(frozen=True, slots=True)
class Run:
    """Cells of one style, in a row."""

    column: int
    width: int
    text: str
    """Without spaces at its ends; empty where there is nothing but the ground."""
    ink: str
    ground: str
    style: str = ""
    """Of its letters, as CSS."""


Row = tuple[Run, ...]
Frame = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Shot:
    """What was shown from a time on, in seconds."""

    time: float
    frame: Frame
    key: str = ""
    """The key that was pressed just now, which stands in the title of the window."""


def row_of(segments: Iterable[Segment], theme: TerminalTheme = SVG_EXPORT_THEME) -> Row:
    """Return the runs of a line of the screen."""
    pieces = []
    for text, style, _control in segments:
        ink, ground, css = theme.foreground_color, theme.background_color, ""
        if style is not None:
            if style.color is not None and not style.color.is_default:
                ink = style.color.get_truecolor(theme)
            if style.bgcolor is not None and not style.bgcolor.is_default:
                ground = style.bgcolor.get_truecolor(theme)
            if style.reverse:
                ink, ground = ground, ink
            if style.dim:
                ink = blend_rgb(ink, ground, 0.4)
            css += "font-weight:bold;" * bool(style.bold) + "font-style:italic;" * bool(style.italic)
            css += "text-decoration:underline;" * bool(style.underline)
            css += "text-decoration:line-through;" * bool(style.strike)
        pieces.append((text, (ink.hex, ground.hex, css)))
    runs: list[Run] = []
    column = 0
    for (ink_hex, ground_hex, css), same in groupby(pieces, key=lambda piece: piece[1]):
        text = "".join(piece for piece, _style in same)
        width = cell_len(text)
        runs.append(Run(column, width, text.rstrip(), ink_hex, ground_hex, css))
        column += width
    return tuple(runs)


def picture(shots: Sequence[Shot], seconds: float, title: str = "neurotui") -> str:
    """Return the SVG of shots, which begins again after some seconds; of one shot it stands still."""
    columns = max(run.column + run.width for row in shots[-1].frame for run in row)
    width, height = columns * CELL + 2 * LEFT, len(shots[-1].frame) * LINE + TOP + LEFT
    ground = shots[-1].frame[0][0].ground
    rows: dict[Row, str] = {}
    seen: dict[tuple[int, str], list[int]] = defaultdict(list)
    for number, shot in enumerate(shots):
        for y, row in enumerate(shot.frame):
            seen[y, rows.setdefault(row, f"r{len(rows)}")].append(number)
    groups: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for (y, name), when in seen.items():
        groups[tuple(when)].append(f'<use href="#{name}" y="{_short(y * LINE)}"/>')
    for key in {shot.key for shot in shots} - {""}:
        groups[tuple(n for n, shot in enumerate(shots) if shot.key == key)].append(_keycap(key, width))
    styles = _Styles()
    drawn = "".join(f'<g id="{name}">{_drawn(row, ground, styles)}</g>\n' for row, name in rows.items())
    rules, shown = [], []
    times = [shot.time for shot in shots]
    for number, (numbers, uses) in enumerate(groups.items()):
        inside = "".join(uses)
        if len(numbers) == len(shots):
            shown.append(f"<g>{inside}</g>\n")
            continue
        frames = "".join(f"{at}{{visibility:{what}}}" for at, what in _changes(numbers, times, seconds))
        rules.append(f"@keyframes k{number}{{{frames}}}.k{number}{{animation-name:k{number}}}\n")
        last = " z" if numbers[-1] == len(shots) - 1 else ""
        shown.append(f'<g class="k k{number}{last}">{inside}</g>\n')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_short(width)} {_short(height)}">\n<style>\n'
        f"text{{font-family:{FONT};font-size:20px;white-space:pre}}\n{styles.rules()}"
        ".k{visibility:hidden}.z{visibility:visible}\n@media (prefers-reduced-motion:no-preference){\n"
        f".k{{animation:{_short(seconds)}s step-end infinite}}\n{''.join(rules)}}}\n</style>\n"
        f"<defs>\n{drawn}</defs>\n{_window(width, height, title)}"
        f'<g transform="translate({LEFT} {TOP})">'
        f'<rect fill="{ground}" width="{_short(columns * CELL)}" height="{_short(height - TOP - LEFT)}"/>\n'
        f"{''.join(shown)}</g>\n</svg>\n"
    )


class _Styles:
    """The classes of letters, each once."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name(self, css: str) -> str:
        return self._names.setdefault(css, f"c{len(self._names)}")

    def rules(self) -> str:
        return "".join(f".{name}{{{css}}}\n" for css, name in self._names.items())


def _drawn(row: Row, ground: str, styles: _Styles) -> str:
    """Draw a row at the top: grounds that are not that of all, then letters."""
    drawn = []
    for run in row:
        if run.ground != ground:
            drawn.append(
                f'<rect fill="{run.ground}" x="{_short(run.column * CELL)}" '
                f'width="{_short(run.width * CELL)}" height="{LINE + 0.25}" shape-rendering="crispEdges"/>'
            )
    for run in row:
        text = run.text.lstrip()
        if not text:
            continue
        x = (run.column + cell_len(run.text) - cell_len(text)) * CELL
        style = styles.name(f"fill:{run.ink};{run.style}")
        drawn.append(
            f'<text class="{style}" x="{_short(x)}" y="{BASELINE}" '
            f'textLength="{_short(cell_len(text) * CELL)}" lengthAdjust="spacingAndGlyphs">'
            f"{escape(text, quote=False)}</text>"
        )
    return "".join(drawn)


def _changes(numbers: Sequence[int], times: Sequence[float], seconds: float) -> Iterable[tuple[str, str]]:
    """Yield the times, as a share of all, at which something is shown and hidden."""
    state = ""
    for number, time in enumerate(times):
        now = "visible" if number in numbers else "hidden"
        if now != state:
            state = now
            yield f"{_short(100 * time / seconds)}%", now
    yield "100%", state


def _keycap(key: str, width: float) -> str:
    """Draw a key in the title of the window; its place is told from the first cell."""
    wide = cell_len(key) * 10 + 20
    x = width - LEFT - wide - 12
    return (
        f'<rect x="{_short(x)}" y="-34" width="{wide}" height="26" rx="5" fill="#f2f2f2"/>'
        f'<text x="{_short(x + wide / 2)}" y="-15" text-anchor="middle" '
        f'style="fill:#1c1c1c;font-size:16px;font-weight:bold">{escape(key)}</text>'
    )


def _window(width: float, height: float, title: str) -> str:
    lights = zip((26, 48, 70), ("#ff5f57", "#febc2e", "#28c840"), strict=True)
    return (
        f'<rect fill="#292929" stroke="#fff" stroke-opacity=".35" x="1" y="1" width="{_short(width - 2)}" '
        f'height="{_short(height - 2)}" rx="8"/>'
        f'<text x="{_short(width / 2)}" y="27" text-anchor="middle" '
        f'style="fill:#c5c8c6;font:bold 18px arial,sans-serif">{escape(title)}</text>'
        + "".join(f'<circle cx="{x}" cy="22" r="7" fill="{color}"/>' for x, color in lights)
        + "\n"
    )


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
