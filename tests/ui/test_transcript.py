"""The transcript on a screen: what streams is seen, what is read stays put, what is asked for is told."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message as Event
from textual.pilot import Pilot

from neurotui.chat.conversation import Message, Role, Status, Timing, ToolCall
from neurotui.errors import ErrorRecord
from neurotui.ui.themes import DARK, LIGHT, THEMES
from neurotui.ui.widgets.transcript import FRAME, Transcript
from tests.ui.markdown.corpus import CORPUS

QUESTION = Message("q", Role.USER, "Why?", created_at=1.0)
RUNNING = Message("a", Role.ASSISTANT, "", "q", 2.0, Status.RUNNING, "model")
LONG = Message(
    "a", Role.ASSISTANT, "\n\n".join(f"line {number}" for number in range(100)), "q", 2.0, model="m"
)
MARKED_UP = Message(
    "a",
    Role.ASSISTANT,
    "A [link](https://example.org/a) and [another](javascript:alert(1)).\n\n"
    "```python\nprint(1)\n\tx\n```\n\n```sh\nls\n```\n",
    "q",
    2.0,
    model="model",
)


class Reading(App[None]):
    CSS = "Transcript { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK

    def compose(self) -> ComposeResult:
        yield Transcript()

    def on_mount(self) -> None:
        self.query_one(Transcript).focus()


class Case:
    """A transcript on a screen, and what it asked for."""

    def __init__(self, pilot: Pilot[None], asked: list[Event]) -> None:
        self.pilot = pilot
        self.asked = asked
        self.transcript = pilot.app.query_one(Transcript)

    @property
    def rows(self) -> list[str]:
        """What the rows of the screen show."""
        strips = self.transcript.render_lines(self.transcript.size.region)
        return [strip.text.rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    async def settle(self) -> None:
        await self.pilot.pause()

    async def drawn(self) -> None:
        """Waits until all that came is drawn."""
        while self.transcript._pending:
            await self.pilot.pause(FRAME / 4)
        await self.settle()

    async def stream(self, text: str, size: int = 5) -> None:
        for at in range(0, len(text), size):
            self.transcript.extend("a", text[at : at + size])
        await self.drawn()


@asynccontextmanager
async def reading(
    *messages: Message, size: tuple[int, int] = (60, 15), **options: Any
) -> AsyncIterator[Case]:
    asked: list[Event] = []

    def note(event: Event) -> None:
        if event.__class__.__module__.endswith("transcript_events") and event not in asked:
            asked.append(event)

    app = Reading()
    async with app.run_test(size=size, message_hook=note) as pilot:
        case = Case(pilot, asked)
        case.transcript.show(messages, **options)
        await case.settle()
        yield case


class TestStreaming:
    async def test_the_first_token_does_not_wait_for_a_frame(self) -> None:
        async with reading(QUESTION, RUNNING) as case:
            case.transcript.extend("a", "Because")
            assert "Because" in [shown.line.text for shown in case.transcript.shown]

    async def test_the_next_ones_are_drawn_together(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with reading(QUESTION, RUNNING) as case:
            drawn = 0
            settle = case.transcript.settle

            def counted() -> None:
                nonlocal drawn
                drawn += 1
                settle()

            monkeypatch.setattr(case.transcript, "settle", counted)
            started = monotonic()
            for _ in range(200):
                case.transcript.extend("a", "word ")
                await asyncio.sleep(0.001)
            await case.drawn()
            assert 2 <= drawn <= 2 + (monotonic() - started) / FRAME
            assert case.text.count("word") > 60

    async def test_only_rows_that_differ_are_painted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with reading(QUESTION, RUNNING) as case:
            await case.stream("First paragraph.\n\nSecond one.\n\nThird begins ")
            painted: list[Region] = []
            monkeypatch.setattr(case.transcript, "refresh", lambda *regions, **_: painted.extend(regions))
            case.transcript.extend("a", "here")
            await case.drawn()
            assert [region.height for region in painted] == [1]
            assert painted[0].width < 30

    async def test_what_streamed_looks_like_what_came_whole(self) -> None:
        for name in ("prose", "lists", "tables", "code"):
            source = CORPUS[name]
            final = replace(RUNNING, text=source, status=Status.COMPLETE)
            async with reading(QUESTION, final, size=(60, 40)) as whole:
                expected = whole.text
            async with reading(QUESTION, RUNNING, size=(60, 40)) as case:
                await case.stream(source)
                case.transcript.replace(final)
                await case.settle()
                assert case.text == expected

    async def test_a_flood_is_read_to_its_end(self) -> None:
        async with reading(QUESTION, RUNNING) as case:
            text = "\n\n".join(f"paragraph {number}" for number in range(5000))
            case.transcript.extend("a", text)
            for _ in range(300):
                await case.settle()
                if "paragraph 4999" in case.text:
                    break
            assert "paragraph 4999" in case.text

    async def test_idle_asks_for_nothing(self) -> None:
        async with reading(QUESTION, LONG) as case:
            timers = [handle for handle in asyncio.get_running_loop()._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
            ours = [handle for handle in timers if "Transcript" in repr(handle)]
            assert ours == []
            assert case.transcript._frame is None


class TestReading:
    async def test_the_end_is_shown_and_stays_shown(self) -> None:
        async with reading(QUESTION, RUNNING) as case:
            await case.stream("\n\n".join(f"line {number}" for number in range(50)))
            assert "line 49" in case.text
            await case.stream("\n\nline 50")
            assert "line 50" in case.text

    async def test_who_has_scrolled_up_is_left_alone(self) -> None:
        async with reading(QUESTION, RUNNING) as case:
            await case.stream("\n\n".join(f"line {number}" for number in range(50)))
            await case.pilot.press("pageup")
            before = case.rows
            assert "more below" in before[-1]
            await case.stream("\n\n" + "\n\n".join(f"more {number}" for number in range(50)))
            assert case.rows == before
            await case.pilot.press("end")
            assert "more 49" in case.text
            assert "more below" not in case.text

    async def test_the_mark_leads_to_the_end(self) -> None:
        async with reading(QUESTION, LONG) as case:
            await case.pilot.press("home")
            assert "You" in case.rows[0]
            await case.pilot.click(Transcript, offset=(55, 14))
            assert "line 99" in case.text

    async def test_the_wheel_and_the_keys(self) -> None:
        async with reading(QUESTION, LONG) as case:
            bottom = case.rows
            await case.pilot.press("up", "up")
            assert case.rows[2:-1] == bottom[:-3]
            await case.pilot.press("down", "down")
            assert case.rows == bottom
            await case.pilot.press("home")
            first = case.rows
            await case.pilot.press("pagedown")
            assert case.rows[:2] == [*first[-2:-1], case.rows[1]]

    async def test_a_resize_keeps_the_place(self) -> None:
        async with reading(QUESTION, LONG, size=(60, 15)) as case:
            await case.pilot.press("pageup", "pageup")
            top = next(row for row in case.rows if row.strip())
            await case.pilot.resize_terminal(40, 15)
            await case.settle()
            assert next(row for row in case.rows if row.strip()) == top

    async def test_a_long_conversation_is_not_read_before_it_is_seen(self) -> None:
        messages = [replace(LONG, id=str(number)) for number in range(10_000)]
        async with reading(*messages) as case:
            assert sum(bool(view.parts) for view in case.transcript.views) < 5
            assert "line 99" in case.text
            await case.pilot.press("home")
            assert "line 0" in case.text
            assert sum(bool(view.parts) for view in case.transcript.views) < 10

    async def test_scrolling_into_what_was_not_read_shows_line_after_line(self) -> None:
        messages = [
            replace(LONG, id=str(number), text=f"message {number}\n\n```\nx\ny\n```") for number in range(50)
        ]
        async with reading(*messages) as case:
            seen = case.rows[:-1]
            for _ in range(40):
                await case.pilot.press("up")
                rows = case.rows[:-1]
                assert rows[1:] == seen[:-1]
                seen = rows


class TestMessages:
    async def test_a_header_says_who_and_when(self) -> None:
        async with reading(QUESTION, replace(LONG, text="x", model="gpt-5-mini")) as case:
            assert "You · " in case.rows[0]
            assert "gpt-5-mini · " in case.text

    async def test_alternatives_are_told_and_asked_for(self) -> None:
        async with reading(QUESTION, replace(LONG, text="x"), alternatives={"a": (2, 3)}) as case:
            row = next(at for at, text in enumerate(case.rows) if "◂ 2/3 ▸" in text)
            await case.pilot.click(Transcript, offset=(case.rows[row].index("▸"), row))
            assert [(event.message_id, event.step) for event in case.asked] == [("a", 1)]  # type: ignore[attr-defined]

    async def test_reasoning_is_folded_opened_and_streams_when_open(self) -> None:
        async with reading(QUESTION, RUNNING) as case:
            case.transcript.extend("a", reasoning="First I **think**")
            await case.drawn()
            assert "First I" not in case.text
            assert "▸ thinking" in case.text
            await case.pilot.press("t")
            assert "┆ First I think" in case.text
            case.transcript.extend("a", reasoning=" and think")
            await case.drawn()
            assert "┆ First I think and think" in case.text
            final = replace(RUNNING, text="Done", reasoning="First I **think** and think")
            case.transcript.replace(replace(final, status=Status.COMPLETE, timing=Timing(thinking=6.2)))
            await case.settle()
            assert "▾ thought for 6 s" in case.text
            row = next(at for at, text in enumerate(case.rows) if "▾" in text)
            await case.pilot.click(Transcript, offset=(case.rows[row].index("▾"), row))
            assert "First I" not in case.text

    async def test_tool_calls_refusals_and_failures_are_what_they_are(self) -> None:
        call = ToolCall("1", "get_weather", '{"city": "Самара"}')
        error = ErrorRecord("rate", "Too many requests", "slow down", "Wait a little", 429, None, "req_1")
        for message, expected in (
            (replace(LONG, text="", tool_calls=(call,)), ["get_weather", "Самара"]),
            (replace(LONG, text="I will not.", refused=True), ["I will not.", "── the model refused"]),
            (
                replace(LONG, text="", status=Status.FAILED, error=error),
                ["✗ Too many requests", "slow down", "req_1"],
            ),
            (replace(LONG, text="Half", status=Status.CUT), ["Half", "not complete"]),
            (replace(LONG, text=""), ["without a word"]),
        ):
            async with reading(QUESTION, message) as case:
                for part in expected:
                    assert part in case.text

    async def test_a_message_can_be_taken_away(self) -> None:
        async with reading(QUESTION, LONG) as case:
            case.transcript.discard("a")
            assert "line" not in case.text
            assert case.transcript.last_id == "q"

    async def test_the_question_is_shown_as_it_was_typed(self) -> None:
        async with reading(replace(QUESTION, text="# not a heading\n  **stars**")) as case:
            assert "  # not a heading" in case.rows
            assert "    **stars**" in case.rows

    async def test_a_question_of_any_length_is_no_trouble(self) -> None:
        text = "x" * 100_000 + "\n" + "\n".join(f"pasted {number} \x1b[31m" for number in range(100_000))
        async with reading(replace(QUESTION, text=text)) as case:
            assert "pasted 99999 ␛[31m" in case.text
            laid_out = sum(
                part.exact(case.transcript.stack.column) for part in case.transcript.views[0].parts
            )
            assert laid_out < 10


class TestCommands:
    async def test_the_cursor_walks(self) -> None:
        async with reading(QUESTION, replace(LONG, text="x")) as case:
            await case.pilot.press("k", "k")
            assert case.rows[0].startswith("▌ You")
            await case.pilot.press("j")
            assert "▌ m" in case.text
            await case.pilot.press("j")
            assert "▌" not in case.text

    @pytest.mark.parametrize(
        ("key", "expected"),
        [
            ("c", {"text": MARKED_UP.text, "kind": "message"}),
            ("b", {"text": "print(1)\n\tx\n", "kind": "code"}),
            ("2", {"text": "ls\n", "kind": "code"}),
            ("s", {"text": "print(1)\n\tx\n", "language": "python"}),
            ("o", {"urls": ("https://example.org/a",)}),
            ("r", {"message_id": "a"}),
            ("e", {"message_id": "q"}),
            ("3", {"command": "copy_code"}),
            ("t", {"command": "toggle_fold"}),
            ("right", {"command": "branch"}),
        ],
    )
    async def test_a_key_asks(self, key: str, expected: dict[str, object]) -> None:
        async with reading(QUESTION, MARKED_UP) as case:
            await case.pilot.press(key)
            assert len(case.asked) == 1
            assert {name: getattr(case.asked[0], name) for name in expected} == expected

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
            assert [event.urls for event in case.asked] == [("https://example.org/a",)]  # type: ignore[attr-defined]


class TestSelection:
    async def select(self, case: Case, start: tuple[int, int], end: tuple[int, int]) -> str | None:
        await case.pilot.mouse_down(Transcript, offset=start)
        await case.pilot.hover(Transcript, offset=end)
        await case.pilot.mouse_up(Transcript, offset=end)
        return case.pilot.app.screen.get_selected_text()

    async def test_the_screens_breaks_are_not_copied(self) -> None:
        text = "one two three four five six seven eight nine ten eleven twelve thirteen"
        async with reading(replace(LONG, text=f"- {text}\n- second\n\n> quoted")) as case:
            selected = await self.select(case, (0, 1), (30, 6))
            assert selected == f"{text}\nsecond\n\nquoted"

    async def test_code_is_copied_without_its_panel(self) -> None:
        async with reading(MARKED_UP, size=(60, 20)) as case:
            top = next(at for at, row in enumerate(case.rows) if "print" in row)
            assert await self.select(case, (0, top - 1), (40, top + 1)) == "print(1)\n    x"

    async def test_cells_of_a_table_are_divided_by_tabs(self) -> None:
        async with reading(replace(LONG, text="| a | b |\n|---|---|\n| 1 | 22 |")) as case:
            assert await self.select(case, (0, 1), (40, 3)) == "a\tb\n1\t22"

    async def test_a_part_of_a_line(self) -> None:
        async with reading(replace(LONG, text="日本語 text")) as case:
            assert await self.select(case, (4, 1), (11, 1)) == "本語 tex"

    async def test_what_is_selected_is_marked_and_scrolls_along(self) -> None:
        async with reading(QUESTION, LONG) as case:
            selected = await self.select(case, (2, 3), (8, 5))
            await case.pilot.press("up", "up")
            assert case.pilot.app.screen.get_selected_text() == selected

    async def test_a_double_click_takes_a_word(self) -> None:
        async with reading(replace(LONG, text="one two three")) as case:
            await case.pilot.click(Transcript, offset=(7, 1), times=2)
            assert case.pilot.app.screen.get_selected_text() == "two"


class TestColours:
    async def test_themes_switch_live(self) -> None:
        async with reading(QUESTION, MARKED_UP) as case:
            before = case.transcript.look("code-keyword")
            case.pilot.app.theme = LIGHT
            await case.settle()
            assert case.transcript.look("code-keyword") != before

    async def test_every_style_has_a_colour(self) -> None:
        """A style that is drawn and has no component class would end the app."""
        for source in CORPUS.values():
            async with reading(QUESTION, replace(LONG, text=source, reasoning="x"), size=(80, 100)) as case:
                await case.pilot.press("t", "home")
                assert case.rows


@pytest.mark.parametrize("role", [Role.USER, Role.ASSISTANT])
async def test_nothing_from_outside_controls_the_terminal(role: Role) -> None:
    hostile = CORPUS["hostile"]
    call = ToolCall("1", f"name{hostile}", hostile)
    error = ErrorRecord("x", hostile, hostile, hostile, request_id=hostile)
    message = Message(
        "a", role, hostile, None, 1.0, Status.FAILED, hostile, hostile, False, (call,), error=error
    )
    async with reading(message, size=(80, 120)) as case:
        for keys in ([], ["t"], ["v"]):
            await case.pilot.press("home", *keys)
            for character in case.text:
                assert character == "\n" or unicodedata.category(character) != "Cc"
                assert character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
