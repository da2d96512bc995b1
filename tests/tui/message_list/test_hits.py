"""What is looked for in the transcript is marked where it is seen, and counted as it is marked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from neurotui.chat.conversation import Message, Role, Status
from neurotui.tui.message_list.hits import Hits
from tests.tui.reading import QUESTION, RUNNING, Case, reading


def answer(text: str, number: int = 1, reasoning: str = "") -> Message:
    return Message(f"a{number}", Role.ASSISTANT, text, "q", 2.0, model="m", reasoning=reasoning)


class Found:
    """A transcript in which something is looked for."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.told = 0
        self.hits: Hits = case.transcript.begin_find(self._tell)

    def _tell(self) -> None:
        self.told += 1

    async def look_for(self, typed: str, *, apart: bool = False, at: str = "") -> str:
        self.hits.look_for(typed, apart=apart, at=at)
        return await self.settled()

    async def step(self, step: int = 1) -> str:
        self.hits.step(step)
        return await self.settled()

    async def settled(self) -> str:
        """Which hit of how many the reader is at."""
        await self.case.settle()
        while self.hits.findings is None and self.hits._typed.strip():
            await self.case.settle()
        await self.case.settle()
        return f"{self.hits.rank}/{self.hits.findings.total if self.hits.findings else 0}"

    def marked(self, word: str = "hit") -> list[str]:
        """The marked texts in the window, row by row."""
        return [
            span.text
            for shown in self.case.transcript.shown
            for span in shown.line.spans
            if word in span.style.split()
        ]

    @property
    def here(self) -> list[str]:
        return self.marked("hit-here")


@asynccontextmanager
async def finding(*messages: Message, size: tuple[int, int] = (60, 15)) -> AsyncIterator[Found]:
    async with reading(*messages, size=size) as case:
        yield Found(case)


MANY = answer("\n\n".join(f"line {number} of **many**" for number in range(100)))


async def test_all_hits_in_sight_are_marked_and_one_is_the_reader_s() -> None:
    async with finding(QUESTION, MANY) as found:
        first = next(row for row in found.case.rows if "many" in row).split()[1]
        assert await found.look_for("many") == f"{int(first) + 1}/100"
        assert found.here == ["many"]
        assert len(found.marked()) == found.case.text.count("many") - 1 > 3


async def test_each_step_leads_to_the_next_hit_and_round_the_ends() -> None:
    async with finding(QUESTION, MANY) as found:
        await found.look_for("line 99")
        await found.look_for("line 9")
        seen = set()
        for _ in range(11):
            rank = await found.step()
            assert found.here == ["line 9"]
            seen.add(rank)
        assert seen == {f"{number}/11" for number in range(1, 12)}


async def test_a_hit_over_a_wrapped_line_and_over_styles_is_one() -> None:
    text = "word " * 9 + "the **event** *loop* runs " + "word " * 30
    async with finding(QUESTION, answer(text)) as found:
        assert await found.look_for("event loop runs") == "1/1"
        assert "".join(found.here).replace(" ", "") == "eventloopruns"


async def test_folded_reasoning_is_opened_for_its_hits_and_closed_behind_them() -> None:
    thought = answer("I say blue.", 1, reasoning="I think of *green*, then green again.")
    async with finding(QUESTION, thought, QUESTION, answer("All green.", 2)) as found:
        assert "green, then" not in found.case.text
        assert await found.look_for("green") == "1/3"
        assert "green, then green again" in found.case.text and found.here == ["green"]
        assert await found.step() == "2/3"
        assert await found.step() == "3/3"
        assert "green, then" not in found.case.text
        assert found.here == ["green"]
        assert await found.step(-1) == "2/3"
        assert "green, then green again" in found.case.text


async def test_case_the_letter_yo_decomposed_letters_and_the_layout_do_not_matter() -> None:
    async with finding(QUESTION, answer("Ёлка, елка, е\u0308лка, ЙОД и\u0306од")) as found:
        assert await found.look_for("ёлка") == "1/3"
        assert [*found.here, *found.marked()] == ["Ёлка", "елка", "е\u0308лка"]
        assert await found.look_for("йод") == "1/2"
        assert await found.look_for("qjl") == "1/2"
        assert found.hits.findings is not None and found.hits.findings.query.switched == "йод"


async def test_words_that_do_not_adjoin_are_found_where_a_message_has_all() -> None:
    messages = answer("docker and compose", 1), answer("docker alone", 2), answer("compose, docker", 3)
    async with finding(*messages) as found:
        assert await found.look_for("docker compose") == "1/4"
        assert sorted([*found.here, *found.marked()]) == ["compose", "compose", "docker", "docker"]


async def test_an_answer_that_streams_is_marked_and_counted_as_it_comes() -> None:
    async with finding(QUESTION, RUNNING) as found:
        assert await found.look_for("token") == "0/0"
        await found.case.stream("A token, a to")
        assert await found.settled() == "0/1"
        await found.case.stream("ken.\n\n```\ntoken\n```\n")
        assert await found.settled() == "0/3"
        assert found.marked() == ["token"] * 3
        text = found.case.transcript.views[-1].text
        found.case.transcript.replace(replace(RUNNING, text=text + "token", status=Status.COMPLETE))
        assert await found.settled() == "0/4"
        assert await found.step() == "1/4"


async def test_the_reader_s_hit_stays_marked_while_its_paragraph_grows() -> None:
    async with finding(QUESTION, RUNNING) as found:
        await found.case.stream("A word, a token, a word ")
        assert await found.look_for("word") == "1/2"
        assert await found.step() == "2/2"
        await found.case.stream("and one more word and " * 20)
        assert found.here == ["word"]
        assert await found.settled() == "2/22"


async def test_a_hit_in_the_last_lines_stays_in_view_while_more_comes() -> None:
    async with finding(QUESTION, RUNNING) as found:
        await found.case.stream("filler\n\n" * 30 + "the needle\n\n")
        assert await found.look_for("needle") == "1/1"
        for _ in range(3):
            await found.case.stream("more\n\n" * 10)
            await found.settled()
            assert found.here == ["needle"]
        found.case.transcript.action_to_end()
        await found.case.stream("more\n\n" * 10)
        assert await found.settled() == "1/1"
        assert found.here == []


async def test_marks_go_and_the_place_stays() -> None:
    async with finding(QUESTION, MANY) as found:
        await found.look_for("line 17")
        rows = found.case.rows
        found.case.transcript.end_find()
        await found.case.settle()
        assert found.here == found.marked() == []
        assert found.case.rows == rows


async def test_a_message_is_gone_to_at_its_first_hit() -> None:
    messages = [answer(f"filler {number}\n\n" * 20 + f"needle {number}", number) for number in range(9)]
    async with finding(*messages) as found:
        assert await found.look_for("needle", apart=True, at="a4") == "5/9"
        assert found.case.text.count("needle 4") == 1 and found.here == ["needle"]


async def test_what_is_marked_in_tables_code_and_formulas_is_what_is_counted() -> None:
    table = "| alpha | b |\n|--|--|\n| alpha alpha | `alpha` |\n\n"
    text = f"{table}```py\nalpha = alpha\n```\n\n$$\n\\alpha = alpha\n$$\n"
    async with finding(answer(text), size=(60, 30)) as found:
        rank = await found.look_for("alpha")
        marked = [*found.here, *found.marked()]
        assert rank == f"1/{len(marked)}" and len(marked) >= 6


async def test_what_is_not_typed_by_a_user_as_markdown_is_found_as_it_stands() -> None:
    asked = Message("u", Role.USER, "What is **bold** and __init__?", created_at=1.0)
    async with finding(asked) as found:
        assert await found.look_for("**bold**") == "1/1"
        assert await found.look_for("__init__") == "1/1"
        assert found.here == ["__init__"]


async def test_another_conversation_is_looked_through_for_the_same_words() -> None:
    async with finding(QUESTION, MANY) as found:
        await found.look_for("line")
        found.case.transcript.show([answer("one line\n\nand a line", 7)])
        assert await found.settled() == "0/2"
        assert found.marked() == ["line", "line"]


async def test_a_wrong_count_is_put_right_where_a_message_is_seen() -> None:
    text = "[label]\n\n" + "x\n\n" * 40 + "[label]: https://example.org/needle\n\n`` needle ` ``"
    async with finding(answer("needle", 2), answer(text, 1)) as found:
        rank = await found.look_for("needle")
        for _ in range(6):
            rank = await found.step()
            assert found.here == ["needle"]
        total = int(rank.partition("/")[2])
        assert len({await found.step() for _ in range(total)}) == total


async def test_a_long_text_is_looked_through_beside_the_loop_and_gone_through_in_slices() -> None:
    text = "\n\n".join(f"word {number} and needle" for number in range(6_000))
    async with finding(answer(text)) as found:
        assert await found.look_for("word 59 and") == "1/1"
        async with asyncio.timeout(60):
            while not found.here:
                await found.case.settle()
        assert found.here == ["word 59 and"] and "word 59 and needle" in found.case.text
        assert (await found.look_for("needle")).endswith("/6000")
