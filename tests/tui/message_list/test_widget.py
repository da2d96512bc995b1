"""The transcript on a screen: what streams is seen, what is read stays put."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from dataclasses import replace
from time import monotonic

import pytest
from rich.cells import cell_len
from textual import events
from textual.geometry import Region

from neurotui.chat.conversation import Message, Role, Status, Timing, ToolCall
from neurotui.errors import ErrorRecord
from neurotui.tui.message_list.frames import FRAME
from neurotui.tui.message_list.widget import Transcript
from tests.markdown.corpus import CORPUS
from tests.tui.reading import LONG, QUESTION, RUNNING, reading


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
        async with reading(QUESTION, LONG):
            timers = [handle for handle in asyncio.get_running_loop()._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
            assert not [handle for handle in timers if re.search("Transcript|FrameClock", repr(handle))]


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
            await case.wheel(events.MouseScrollUp)
            assert case.rows != bottom and "more below" in case.rows[-1]
            await case.wheel(events.MouseScrollDown)
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

    async def test_the_focus_of_the_window_changes_nothing(self) -> None:
        async with reading(QUESTION, LONG) as case:
            await case.pilot.press("pageup")
            before, shown = case.rows, list(case.transcript.shown)
            case.pilot.app.post_message(events.AppBlur())
            await case.settle()
            case.pilot.app.post_message(events.AppFocus())
            await case.settle()
            assert case.rows == before
            assert all(new is old for new, old in zip(case.transcript.shown, shown, strict=True))

    async def test_a_resize_while_it_streams_stays_at_the_end(self) -> None:
        async with reading(QUESTION, RUNNING) as case:
            await case.stream("\n\n".join(f"a line that is long enough to wrap {at}" for at in range(30)))
            await case.pilot.resize_terminal(30, 12)
            await case.stream(" and its end")
            assert "and its end" in case.text and "more below" not in case.text

    async def test_the_source_of_what_is_read_is_shown_in_the_place_of_its_text(self) -> None:
        async with reading(QUESTION, LONG, QUESTION) as case:
            await case.pilot.press("home", *["pagedown"] * 8)
            top = int(case.rows[0].split()[-1] or case.rows[1].split()[-1])
            await case.pilot.press("v")
            shown = [int(row.split()[1]) for row in case.rows if "line" in row]
            assert abs(shown[0] - top) < 5
            await case.pilot.press("v")
            shown = [int(row.split()[1]) for row in case.rows if "line" in row]
            assert abs(shown[0] - top) < 5

    async def test_reasoning_that_is_opened_above_is_shown_from_its_beginning(self) -> None:
        async with reading(QUESTION, replace(LONG, reasoning="so\n\n" * 30)) as case:
            await case.pilot.press("pageup", "pageup")
            await case.pilot.press("t")
            assert "▾ thought" in case.rows[0] and "┆ so" in case.rows[1]
            await case.pilot.press("t")
            assert "▸ thought" in case.rows[0] and "line 0" in case.rows[1]

    async def test_reasoning_that_is_closed_leads_to_its_beginning(self) -> None:
        async with reading(QUESTION, replace(LONG, reasoning="so\n\n" * 90)) as case:
            await case.pilot.press("t", "home", *["pagedown"] * 3)
            assert all("┆" in row for row in case.rows[:-1])
            await case.pilot.press("t")
            assert "▸ thought" in case.rows[0]

    async def test_reasoning_that_goes_on_above_moves_nothing(self) -> None:
        async with reading(QUESTION, RUNNING) as case:
            case.transcript.extend("a", reasoning="First.\n\n")
            await case.drawn()
            await case.pilot.press("t")
            await case.stream("\n\n".join(f"line {number}" for number in range(50)))
            await case.pilot.press("pageup")
            before = case.rows
            case.transcript.extend("a", reasoning="Then.\n\n" * 20)
            await case.drawn()
            assert case.rows == before

    async def test_targets_that_come_last_move_nothing(self) -> None:
        text = "\n\n".join(f"line {number} of [foo]" for number in range(3000))
        final = replace(RUNNING, text=f"{text}\n\n[foo]: https://foo.example", status=Status.COMPLETE)
        async with reading(QUESTION, RUNNING) as case:
            case.transcript.extend("a", text)
            while "line 2999" not in case.text:
                await case.settle()
            await case.pilot.press("pageup", "pageup")
            top = (case.rows[0] or case.rows[1]).removesuffix("[foo]")
            case.transcript.replace(final)
            while "foo (https://foo.example)" not in case.text:
                await case.settle()
                assert (case.rows[0] or case.rows[1]).startswith(top)

    async def test_who_reads_a_source_that_grows_is_left_alone(self) -> None:
        async with reading(QUESTION, RUNNING) as case:
            await case.pilot.press("v")
            await case.stream("".join(f"line {number}\n" for number in range(1200)), 500)
            await case.pilot.press("pageup", "pageup")
            before = case.rows
            await case.stream("".join(f"more {number}\n" for number in range(2000)), 500)
            assert case.rows == before

    async def test_a_window_that_grows_stays_at_the_end(self) -> None:
        async with reading(QUESTION, RUNNING, size=(60, 15)) as case:
            await case.stream("\n\n".join(f"line {number}" for number in range(12)))
            await case.pilot.resize_terminal(60, 40)
            await case.settle()
            assert "more below" not in case.text
            await case.stream("\n\n" + "\n\n".join(f"more {number}" for number in range(30)))
            assert "more 29" in case.text

    async def test_who_has_the_end_in_view_is_at_the_end(self) -> None:
        async with reading(QUESTION, RUNNING, size=(60, 15)) as case:
            await case.stream("\n\n".join(f"line {number}" for number in range(12)))
            await case.pilot.press("pageup")
            assert "more below" in case.text
            await case.pilot.resize_terminal(60, 40)
            await case.settle()
            assert "more below" not in case.text
            await case.stream("\n\n" + "\n\n".join(f"more {number}" for number in range(30)))
            assert "more 29" in case.text

    @pytest.mark.parametrize(("width", "prose", "row"), [(60, 56, 56), (200, 100, 160)])
    async def test_prose_stays_readable_and_tables_have_the_width(
        self, width: int, prose: int, row: int
    ) -> None:
        wide = f"| a | b |\n|---|---|\n| {'cell ' * 16} | {'other ' * 12} |\n\n```\n{'x' * 150}\n```\n"
        async with reading(replace(LONG, text=f"{'word ' * 60}\n\n{wide}"), size=(width, 40)) as case:
            longest = {
                kind: max(cell_len(line.strip()) for line in case.rows if kind in line)
                for kind in ("word", "cell", "x")
            }
            assert prose - 6 <= longest["word"] <= prose
            assert longest["cell"] > min(row - 6, prose)
            assert longest["x"] <= prose, "code is as wide as the text"
            assert all(cell_len(line) <= width - 2 for line in case.rows)

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
            for _ in range(20):
                await case.pilot.press("up")
                rows = case.rows[:-1]
                assert rows[1:] == seen[:-1]
                seen = rows


class TestMessages:
    async def test_a_header_says_who_and_when(self) -> None:
        async with reading(QUESTION, replace(LONG, text="x", model="gpt-5-mini")) as case:
            assert "You · " in case.rows[0]
            assert "gpt-5-mini · " in case.text

    async def test_a_header_is_as_wide_as_the_text_whatever_the_model_is_called(self) -> None:
        long = replace(LONG, text="x", model="deepseek/deepseek-r1-0528-qwen3-8b:free", reasoning="Hm")
        async with reading(QUESTION, long, alternatives={"a": (1, 2)}, size=(60, 15)) as case:
            [header] = [row for row in case.rows if "▸ thought" in row]
            assert "deepseek/deepseek-r1-0528-qwen3-8…   ◂ 1/2 ▸   ▸ thought" in header

    async def test_alternatives_are_told_and_asked_for(self) -> None:
        async with reading(QUESTION, replace(LONG, text="x"), alternatives={"a": (2, 3)}) as case:
            row = next(at for at, text in enumerate(case.rows) if "◂ 2/3 ▸" in text)
            await case.pilot.click(Transcript, offset=(case.rows[row].index("▸"), row))
            assert case.asked == [("version", "a", 1)]

    async def test_reasoning_is_folded_opened_and_streams_when_open(self) -> None:
        async with reading(QUESTION, RUNNING) as case:
            case.transcript.extend("a", reasoning="First I **think**")
            await case.drawn()
            assert "┆ First I **think**" in case.text
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

    async def test_the_question_is_shown_as_it_was_typed(self) -> None:
        async with reading(replace(QUESTION, text="# not a heading\n  **stars**")) as case:
            assert " ▍# not a heading" in case.rows
            assert " ▍  **stars**" in case.rows

    async def test_a_question_of_any_length_is_no_trouble(self) -> None:
        text = "x" * 100_000 + "\n" + "\n".join(f"pasted {number} \x1b[31m" for number in range(100_000))
        async with reading(replace(QUESTION, text=text)) as case:
            assert "pasted 99999 ␛[31m" in case.text
            laid_out = sum(
                part.exact(case.transcript.stack.column) for part in case.transcript.views[0].parts
            )
            assert laid_out < 10


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
