"""Where the lines of a conversation are, while most of them are only guessed at."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.chat.conversation import Message, Role
from neurotui.tui.message_list.heights import HeightIndex
from neurotui.tui.message_list.message_view import MessageView
from neurotui.tui.message_list.viewport import Anchor, Viewport


def stack_of(count: int, rows: int = 10) -> Viewport:
    stack = Viewport()
    stack.column, stack.rows = 60, rows
    text = "# Title\n\n" + "\n\n".join(f"- item {number}" for number in range(7)) + "\n\n```\ncode\n```"
    stack.views = [MessageView(Message(str(number), Role.ASSISTANT, text)) for number in range(count)]
    stack.restack()
    return stack


class TestHeights:
    @settings(max_examples=100, deadline=None, derandomize=True)
    @given(
        st.lists(st.integers(0, 5), min_size=1, max_size=20),
        st.lists(st.tuples(st.integers(0, 19), st.integers(0, 5)), max_size=10),
    )
    def test_as_plain_sums(self, heights: list[int], changes: list[tuple[int, int]]) -> None:
        stack = HeightIndex(heights)
        for at, height in changes:
            if at < len(heights):
                stack[at] = heights[at] = height
            assert stack.total == sum(heights)
            for index in range(len(heights)):
                assert stack.top(index) == sum(heights[:index])
            for line in range(sum(heights)):
                index = stack.at(line)
                assert sum(heights[:index]) <= line < sum(heights[: index + 1])

    def test_the_end_can_be_replaced(self) -> None:
        stack = HeightIndex([1, 2, 3])
        assert stack.total == 6
        stack.replace(1, [5, 5])
        assert (stack.total, len(stack)) == (11, 3)


class TestStack:
    def test_the_end_is_laid_out_first_and_no_more(self) -> None:
        stack = stack_of(1000)
        assert stack.settle()
        assert sum(bool(view.parts) for view in stack.views) < 5
        lines = stack.window()
        assert len(lines) == 10
        assert all(line is not None for _, line in lines)
        assert lines[-1][0] == 999

    def test_the_place_at_the_top_stays_while_the_rest_is_laid_out(self) -> None:
        stack = stack_of(100)
        stack.at_end = False
        stack.top = Anchor(50)
        stack.settle()
        before = [line.text for _, line in stack.window() if line is not None]
        for index in range(100):
            stack.read(index, float("inf"))
            for part in range(len(stack.views[index].parts)):
                stack.lay_out(index, part)
        stack.settle()
        assert [line.text for _, line in stack.window() if line is not None] == before
        assert stack.top == Anchor(50)

    def test_places_and_lines_agree(self) -> None:
        stack = stack_of(5, rows=200)
        while not stack.settle():
            pass  # time was up
        for y in range(stack.heights.total):
            place = stack.place_at(y)
            assert stack.y_of(place) == y
            assert stack.line_at(place) is not None

    def test_nothing_is_no_trouble(self) -> None:
        stack = stack_of(0)
        assert stack.settle()
        assert stack.window() == []
        assert stack.line_at(stack.place_at(3)) is None
