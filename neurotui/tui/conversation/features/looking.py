"""Looking through the message that a command is for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from neurotui.i18n import _
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

if TYPE_CHECKING:
    from neurotui.tui.message_list.message_view import MessageView

Found = TypeVar("Found")

AT_ONCE = 4_000
"""Longest message that is parsed at once (characters); longer ones are parsed in a thread."""


def chosen(pane: ConversationPane) -> MessageView | None:
    """Return the message under the cursor, or the last answer."""
    return pane.transcript.chosen


def text_of(pane: ConversationPane) -> str:
    """Return the text of the message that a command is for."""
    view = chosen(pane)
    return view.text if view is not None else ""


def look_through(
    pane: ConversationPane,
    dialogs: Dialogs,
    find: Callable[[str], Found],
    use: Callable[[Found], bool],
    why_not: str,
) -> bool:
    """Search the text of the message and use the result; return False if nothing was found.

    A long text takes seconds to parse, so it is parsed in a thread: the result is True then, and `why_not` is
    shown later if nothing was found.
    """
    text = text_of(pane)
    if len(text) <= AT_ONCE:
        return use(find(text))

    async def aside() -> None:
        if not use(await asyncio.to_thread(find, text)):
            dialogs.say(_(why_not))

    pane.run_worker(aside(), group="look", exclusive=True, exit_on_error=False)
    return True
