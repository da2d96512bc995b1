"""What is done with what the transcript shows: commands, selecting, and its colours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.color import Color
from rich.style import Style
from textual import events
from textual.geometry import Region

from neurotui.tui.message_list.styles import STYLES
from neurotui.tui.message_list.widget import Transcript
from neurotui.tui.themes import THEMES
from tests.markdown.corpus import CORPUS
from tests.tui.reading import LONG, MARKED_UP, QUESTION, reading


class TestCommands:
    async def test_the_cursor_walks(self) -> None:
        async with reading(QUESTION, replace(LONG, text="x")) as case:
            await case.pilot.press("k", "k")
            assert case.rows[0].startswith("▌▍You")
            await case.pilot.press("j")
            assert "▌ m" in case.text
            await case.pilot.press("j")
            assert "▌" not in case.text

    async def test_each_key_gives_one_command(self) -> None:
        async with reading(QUESTION, MARKED_UP) as case:
            for key, expected in (
                ("c", ("copy_message",)),
                ("b", ("copy_code",)),
                ("2", ("copy_code", 2)),
                ("s", ("save_code",)),
                ("o", ("open_link",)),
                ("r", ("regenerate",)),
                ("e", ("edit",)),
                ("f", ("fork",)),
                ("left", ("branch_previous",)),
                ("right", ("branch_next",)),
            ):
                case.asked.clear()
                await case.pilot.press(key)
                assert case.asked == [expected], key

    async def test_the_message_under_the_cursor_is_chosen_else_the_last_answer(self) -> None:
        earlier = replace(LONG, id="a0", text="Earlier.")
        again = replace(QUESTION, id="q1", text="Again?")
        async with reading(QUESTION, earlier, again, MARKED_UP) as case:

            def chosen() -> str:
                assert case.transcript.chosen is not None
                return case.transcript.chosen.message.id

            assert chosen() == "a"
            for key, message_id in (
                ("k", "a"),
                ("k", "q1"),
                ("k", "a0"),
                ("k", "q"),
                ("k", "q"),
                ("j", "a0"),
            ):
                await case.pilot.press(key)
                assert chosen() == message_id

    async def test_keys_do_no_harm_in_an_empty_conversation(self) -> None:
        async with reading() as case:
            await case.pilot.press(*"kjtv", "left", "right", "up", "pagedown", "home", "end", "enter")
            assert case.transcript.chosen is None

    async def test_the_source_shows_what_is_invisible(self) -> None:
        async with reading(QUESTION, replace(LONG, text="**a**\u200bb <!-- c -->")) as case:
            await case.pilot.press("v")
            assert "**a**⟨U+200B⟩b <!-- c -->" in case.text
            await case.pilot.press("v")
            assert "**a**" not in case.text

    async def test_a_link_is_asked_for_by_a_click_and_only_if_it_may_be_opened(self) -> None:
        async with reading(QUESTION, MARKED_UP, size=(120, 20)) as case:
            row = next(at for at, text in enumerate(case.rows) if "A link" in text)
            for text in ("link", "another", "code"):
                await case.pilot.click(Transcript, offset=(max(0, case.rows[row].find(text)), row))
            assert case.asked == [("link", "https://example.org/a")]


class TestSelection:
    async def test_the_screens_breaks_are_not_copied(self) -> None:
        text = "one two three four five six seven eight nine ten eleven twelve thirteen"
        async with reading(replace(LONG, text=f"- {text}\n- second\n\n> quoted")) as case:
            selected = await case.select((0, 1), (30, 6))
            assert selected == f"{text}\nsecond\n\nquoted"

    async def test_code_is_copied_without_its_panel(self) -> None:
        async with reading(MARKED_UP, size=(60, 20)) as case:
            top = next(at for at, row in enumerate(case.rows) if "print" in row)
            assert await case.select((0, top - 1), (40, top + 1)) == "print(1)\n    x"

    async def test_what_is_not_copied_is_not_shown_as_selected(self) -> None:
        async with reading(MARKED_UP, size=(60, 20)) as case:
            top = case.row_of("print")
            assert "python" in case.rows[top - 1]
            await case.select((0, top - 1), (40, top + 1))
            look = case.pilot.app.screen.get_component_rich_style("screen--selection")
            strips = case.transcript.render_lines(case.transcript.size.region)
            shown = [
                "".join(part.text for part in strip if part.style and part.style.bgcolor == look.bgcolor)
                for strip in strips
            ]
            assert [text for text in shown if text] == ["print(1)", "    x"]

    async def test_cells_of_a_table_are_divided_by_tabs(self) -> None:
        async with reading(replace(LONG, text="| a | b |\n|---|---|\n| 1 | 22 |")) as case:
            assert await case.select((0, 1), (40, 3)) == "a\tb\n1\t22"

    async def test_across_blocks_nothing_of_the_screen_is_copied(self) -> None:
        text = (
            "# Title\n\nA paragraph that is long enough to be wrapped by the screen, as it is here.\n\n"
            "1. one\n2. two\n   - [x] three\n\n> quote\n>\n> > deeper\n\n```py\nx = 1\n\ny = 2\n```\n\n"
            "| a | b |\n|:-:|--:|\n| 1 | 22 |\n\n---\n\n[last](https://l.example) word"
        )
        whole = (
            "Title\n\nA paragraph that is long enough to be wrapped by the screen, as it is here.\n\n"
            "one\ntwo\nthree\n\nquote\n\ndeeper\n\nx = 1\n\ny = 2\n\na\tb\n1\t22\n\n\n"
            "last (https://l.example) word"
        )
        async with reading(replace(LONG, text=text), size=(60, 40)) as case:
            assert await case.select((0, 0), (50, case.row_of("last"))) == whole
            await case.pilot.resize_terminal(40, 12)
            await case.pilot.press("home", "pagedown")
            assert case.pilot.app.screen.get_selected_text() in (whole, None)

    async def test_what_is_scrolled_to_is_copied_as_well(self) -> None:
        async with reading(QUESTION, LONG) as case:
            await case.pilot.press("home")
            await case.pilot.mouse_down(Transcript, offset=(2, case.row_of("line 1")))
            for _ in range(3):
                await case.wheel(events.MouseScrollDown)
            row = case.row_of("line 7")
            await case.pilot.hover(Transcript, offset=(8, row))
            await case.pilot.mouse_up(Transcript, offset=(8, row))
            selected = case.pilot.app.screen.get_selected_text()
            assert selected == "\n\n".join(f"line {number}" for number in range(1, 8))

    async def test_a_part_of_a_line(self) -> None:
        async with reading(replace(LONG, text="日本語 text")) as case:
            assert await case.select((4, 1), (11, 1)) == "本語 tex"

    async def test_what_is_selected_is_marked_and_scrolls_along(self) -> None:
        async with reading(QUESTION, LONG) as case:
            selected = await case.select((2, 3), (8, 5))
            await case.pilot.press("up", "up")
            assert case.pilot.app.screen.get_selected_text() == selected

    async def test_the_mark_of_what_is_selected_scrolls_along_over_lines_that_look_the_same(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with reading(replace(LONG, text="same\n" * 50)) as case:
            await case.select((3, 4), (5, 6))
            look = case.pilot.app.screen.get_component_rich_style("screen--selection")
            marked = case.transcript.look("") + look

            def rows() -> list[int]:
                strips = case.transcript.render_lines(case.transcript.size.region)
                return [at for at, strip in enumerate(strips) if any(part.style == marked for part in strip)]

            assert rows() == [4, 5, 6]
            painted: list[Region] = []
            monkeypatch.setattr(case.transcript, "refresh", lambda *regions, **_: painted.extend(regions))
            await case.pilot.press("up")
            assert rows() == [5, 6, 7]
            assert {4, 7} <= {region.y for region in painted}

    async def test_a_double_click_takes_a_word(self) -> None:
        async with reading(replace(LONG, text="one two three")) as case:
            await case.pilot.click(Transcript, offset=(7, 1), times=2)
            assert case.pilot.app.screen.get_selected_text() == "two"

    async def test_a_triple_click_takes_a_line_of_the_text(self) -> None:
        text = "one two three four five six seven eight nine ten eleven twelve thirteen"
        async with reading(replace(LONG, text=f"First.\n- {text}\n- last")) as case:
            await case.pilot.click(Transcript, offset=(7, case.row_of("thirteen")), times=3)
            assert case.pilot.app.screen.get_selected_text() == text
            await case.pilot.click(Transcript, offset=(7, 14), times=3)
            assert not case.pilot.app.screen.get_selected_text()


def brightness(color: Color | None) -> float:
    """Relative luminance, as WCAG defines it."""
    assert color is not None and color.triplet is not None
    parts = [part / 255 for part in color.triplet]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(style: Style) -> float:
    darker, lighter = sorted((brightness(style.color), brightness(style.bgcolor)))
    return (lighter + 0.05) / (darker + 0.05)


LINES = {"border", "rule", "bar", "code-bar"}
"""Styles of lines, which may be thin in colour too."""
QUIET = {"dim", "target", "code-comment", "code-label", "code-key", "code-wrap", "notice", "reasoning"}


class TestColours:
    async def test_every_theme_is_legible_and_switches_live(self) -> None:
        async with reading(QUESTION, MARKED_UP, size=(60, 20)) as case:
            app, seen = case.pilot.app, set()
            for theme in app.available_themes:
                app.theme = theme
                await case.settle()
                code = case.transcript.render_line(case.row_of("print"))
                seen.add(tuple(str(segment.style) for segment in code))
                if app.current_theme.ansi:
                    continue  # its colours are the terminal's
                for word in ("", *STYLES.keys() - LINES):
                    wanted = 2.0 if word in QUIET else 2.4
                    assert contrast(case.transcript.look(word)) >= wanted, (theme, word)
            assert len(seen) > len(app.available_themes) // 2

    async def test_our_own_are_legible_by_the_book(self) -> None:
        async with reading(QUESTION) as case:
            for theme in THEMES:
                if theme.ansi:
                    continue  # the terminal's colours are not known
                case.pilot.app.theme = theme.name
                await case.settle()
                for word in ("", *STYLES.keys() - LINES):
                    wanted = 3.4 if word in QUIET else 4.5 if not word.startswith(("code-", "more")) else 3.7
                    assert contrast(case.transcript.look(word)) >= wanted, (theme.name, word)

    async def test_every_style_has_a_colour(self) -> None:
        """A style that is drawn and has no component class would end the app."""
        async with reading(QUESTION, size=(80, 100)) as case:
            for source in CORPUS.values():
                case.transcript.show([replace(LONG, text=source, reasoning="x")])
                await case.pilot.press("t", "home")
                assert case.rows
