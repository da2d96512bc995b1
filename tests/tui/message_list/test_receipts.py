"""What stands under an answer, as it is drawn."""

from __future__ import annotations

import math

import pytest

from neurotui.chat.conversation import Message, Role, Status, Timing
from neurotui.tui.message_list.message_view import MessageView


@pytest.mark.parametrize("width", range(24, 100))
def test_no_line_holds_its_end_alone_or_parts_a_number_from_its_unit(width: int) -> None:
    message = Message("a", Role.ASSISTANT, "words", "q", status=Status.STOPPED, timing=Timing(closed=0.004))
    view = MessageView(message)
    assert view.read(width, math.inf)
    *lines, _blank = [part.line(row).text for part in view.parts for row in range(part.lay_out(width))]
    assert any("──" in line for line in lines)
    for line in lines:
        assert line.strip() != "──"
        assert not line.startswith("ms")
