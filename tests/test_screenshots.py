"""The pictures of the README: what the moving one is made of, and what is to be seen on all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from tests.filming import filmed, frame_of
from tests.make_readme import ROOT
from tests.make_screenshots import MOVING
from tests.moving import CELL, LINE, Run, Shot, picture
from tests.scenes import staged

FOLDER = ROOT / "screenshots"
PICTURES = sorted(FOLDER.glob("moving-*.svg"))
CONVERSATIONS = sorted(
    path for name in ("alive", "stopped", "connection") for path in FOLDER.glob(f"{name}-*")
)
MOST_BYTES = 600_000
HASTE = 0.05
ASKED = ("You·", "Вы·")
FULL = 0.6
"""Share of the rows that have anything on them: answers have air between their paragraphs."""
SVG = "{http://www.w3.org/2000/svg}"

Cells = dict[tuple[int, int], tuple[str, str]]
"""Letters and their styles, by rows and columns; blanks are none."""


def cells_of(texts: Iterable[tuple[Element, float]], svg: str) -> Cells:
    """Return the cells of elements of text, each of which is moved down by so much."""
    styles = {
        name: "".join(sorted(re.findall(r"[\w#:-]+", css.replace(": ", ":"))))
        for name, css in re.findall(r"\.([\w-]+) ?\{([^{}]*)\}", svg)
    }
    return {
        (round((y + float(text.attrib["y"])) / LINE - 0.7), round(float(text.attrib["x"]) / CELL) + number): (
            letter,
            styles[text.attrib["class"]],
        )
        for text, y in texts
        for number, letter in enumerate(text.text or "")
        if not letter.isspace()
    }


def at_rest(svg: str) -> Cells:
    """Return what a moving picture shows where nothing moves."""
    root = ElementTree.fromstring(svg)
    rows = {group.get("id"): group for group in root.iterfind(f"{SVG}defs/{SVG}g")}
    uses = [
        (rows[use.attrib["href"][1:]], float(use.attrib["y"]))
        for group in root.iterfind(f"{SVG}g/{SVG}g")
        if group.get("class") is None or group.attrib["class"].endswith(" z")
        for use in group.iterfind(f"{SVG}use")
    ]
    return cells_of(((text, y) for row, y in uses for text in row.iterfind(f"{SVG}text")), svg)


def still(svg: str) -> Cells:
    """Return what a picture shows that textual made."""
    texts = ElementTree.fromstring(svg).iter(f"{SVG}text")
    return cells_of(((text, 0.0) for text in texts if "textLength" in text.attrib), svg)


def words_of(cells: Cells) -> dict[int, str]:
    """Return the letters of rows, without blanks and frames."""
    lines: dict[int, str] = {}
    for (row, _column), (letter, _style) in sorted(cells.items()):
        lines[row] = lines.get(row, "") + letter * (letter.isalnum() or letter in "·→")
    return lines


async def test_its_last_frame_is_what_the_program_shows(tmp_path: Path) -> None:
    async with staged(tmp_path, size=MOVING.size, pace=HASTE) as stage:
        svg = await filmed(stage, HASTE)
        assert at_rest(svg) == still(stage.app.export_screenshot())
        assert at_rest(svg) == at_rest(picture([Shot(0, frame_of(stage))], 1))
    text = "\n".join(re.findall(r">([^<]+)</text>", svg))
    for words in ("alive", "thinking", "import", "Esc", "connection closed in"):
        assert words in text


@pytest.mark.parametrize("path", PICTURES, ids=[path.stem for path in PICTURES])
def test_it_is_small_and_needs_nothing_else(path: Path) -> None:
    svg = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(svg)
    assert len(svg.encode()) <= MOST_BYTES
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "style", "defs", "g", "use", "rect", "text", "circle")
    }
    assert not re.search(r"script|url\(|@import|@font-face|\son\w+=", svg)
    assert svg.count("http") == 1, "the namespace"
    hrefs = [use.attrib["href"] for use in root.iter(f"{SVG}use")]
    ids = [group.attrib["id"] for group in root.iterfind(f"{SVG}defs/{SVG}g")]
    assert {href[1:] for href in hrefs} == set(ids)
    assert all("textLength" in text.attrib for text in root.iterfind(f"{SVG}defs/{SVG}g/{SVG}text"))


@pytest.mark.parametrize("path", PICTURES, ids=[path.stem for path in PICTURES])
def test_it_moves_for_some_twelve_seconds_if_motion_is_wanted(path: Path) -> None:
    svg = path.read_text(encoding="utf-8")
    before, after = svg.split("@media (prefers-reduced-motion:no-preference){")
    assert "animation" not in before
    seconds = re.findall(r"animation:([\d.]+)s step-end infinite", after)
    assert len(seconds) == 1
    assert 10 < float(seconds[0]) < 16
    assert svg.count("@keyframes") > 50


@pytest.mark.parametrize("path", PICTURES, ids=[path.stem for path in PICTURES])
def test_it_ends_full_and_with_a_question_at_its_top(path: Path) -> None:
    lines = words_of(at_rest(path.read_text(encoding="utf-8")))
    assert lines[2].startswith(ASKED)
    assert re.search(r"closedin\dms|закрытоза\dмс", "".join(lines.values()))
    assert len(lines) > FULL * max(lines)


@pytest.mark.parametrize("path", CONVERSATIONS, ids=[path.stem for path in CONVERSATIONS])
def test_a_still_is_full_and_begins_with_a_question(path: Path) -> None:
    lines = words_of(still(path.read_text(encoding="utf-8")))
    assert lines[2].startswith(ASKED)
    assert len(lines) > FULL * max(lines)


def test_models_have_prices() -> None:
    for path in FOLDER.glob("models-*.svg"):
        lines = words_of(still(path.read_text(encoding="utf-8")))
        assert sum("→" in line for line in lines.values()) >= 10


def test_each_row_stands_in_it_once() -> None:
    def row(text: str) -> tuple[Run, ...]:
        return (Run(0, 5, text, "#fff", "#000"),)

    shots = [
        Shot(0, (row("a<b"), row("two"))),
        Shot(0.5, (row("two"), row("a<b"))),
        Shot(1, (row("two"),) * 2),
    ]
    svg = picture(shots, 2)
    assert svg.count(">a&lt;b</text>") == svg.count(">two</text>") == 1
    assert {place: letter for place, (letter, _style) in at_rest(svg).items()} == {
        (y, x): letter for y in range(2) for x, letter in enumerate("two")
    }
    assert "{0%{visibility:visible}25%{visibility:hidden}100%{visibility:hidden}}" in svg
