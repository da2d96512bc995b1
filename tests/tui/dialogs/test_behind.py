"""What is seen behind a dialog: all of it, dimmed, or nothing; never a box that is cut in two."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import Color as RichColor

from neurotui.tui.dialogs.confirm import ConfirmScreen
from neurotui.tui.themes import DARK_16, LIGHT_16
from tests.scenes import SCENES, staged
from tests.tui.test_pictures import torn

FORM = SCENES["conversation"]


async def test_it_is_hidden_while_the_panel_would_cut_the_input(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(110, 30)) as stage:
        await FORM.go(stage)
        panel, lines = stage.app.screen.query_one("#panel"), 0
        assert "neurotui" in stage.shown()[0]
        while not panel.region.overlaps(stage.pane.composer.region):
            assert not [*torn(stage, FORM)]
            await stage.press("ctrl+j")
            lines += 1
        await stage.until(lambda: "neurotui" not in stage.shown()[0])
        assert lines and not [*torn(stage, FORM)]
        await stage.press(*["backspace"] * lines)
        await stage.until(lambda: "neurotui" in stage.shown()[0])
        assert not [*torn(stage, FORM)]


async def test_a_question_stands_in_the_midst_of_the_dialog_that_asks_it(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(200, 60)) as stage:
        await SCENES["history"].go(stage)
        question = ConfirmScreen("Delete?", yes="Yes", no="No")
        await stage.app.push_screen(question)
        await stage.pilot.pause()
        assert "History" in "\n".join(stage.shown()) and not question.hides
        assert not [*torn(stage, SCENES["history"])]


@pytest.mark.parametrize("theme", [DARK_16, LIGHT_16])
async def test_where_all_is_hidden_the_ground_is_the_terminals(tmp_path: Path, theme: str) -> None:
    async with staged(tmp_path) as stage:
        stage.app.theme = theme
        await SCENES["help"].go(stage)
        top = stage.app.screen._compositor.render_strips()[0]
        assert {segment.style and segment.style.bgcolor for segment in top} == {RichColor.default()}
