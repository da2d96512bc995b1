"""What is typed in the fields of the screens over the chat."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.widget import Widget

from neurotui.tui.conversation.composer import Composer
from neurotui.tui.widgets.form import LineField, TextField
from neurotui.tui.widgets.key_order import bindings_of
from tests.tui.chatting import Chat, chatting


def at_once(chat: Chat, *keys: str) -> None:
    """Presses keys so quickly that they come in one piece, as over a slow link."""
    for key in keys:
        chat.app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize("field", ["#temperature", "#system"])
async def test_no_key_overtakes_another(tmp_path: Path, field: str) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("f3")
        typed = chat.app.screen.query_one(field)
        typed.focus()
        await chat.pilot.pause()
        at_once(chat, "5", "1", "backspace", "2", "home", "0", "delete", "end", "ctrl+w", "7", "down", "9")
        await chat.pilot.pause()
        assert isinstance(typed, LineField | TextField)
        assert (typed.value if isinstance(typed, LineField) else typed.text) == "7"
        await chat.press("escape")


@pytest.mark.parametrize("kind", [Composer, LineField, TextField])
def test_keys_are_looked_up_as_textual_does(kind: type[Widget]) -> None:
    assert bindings_of(kind).key_to_bindings == kind._merge_bindings().key_to_bindings


async def test_what_is_typed_behind_a_tab_goes_where_the_tab_goes(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("f3")
        chat.app.screen.query_one("#temperature").focus()
        await chat.pilot.pause()
        at_once(chat, "1", "tab", "2", "shift+tab", "3")
        await chat.pilot.pause()
        assert chat.app.screen.query_one("#temperature", LineField).value == "13"
        assert chat.pane.session.conversation.parameters == {"temperature": 13, "max_completion_tokens": 2}
        await chat.press("escape")
