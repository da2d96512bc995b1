"""Where a conversation was left, so that it is there again at the return."""

from __future__ import annotations

from typing import NamedTuple


class ViewPlace(NamedTuple):
    """Where a reader left a conversation."""

    top: str = ""
    """The id of the message at the top of the window; empty at the end."""
    line: int = 0
    """The line of that message."""
    cursor: str = ""
    """The id of the message under the cursor."""
    unfolded: frozenset[str] = frozenset()
    """Ids of the messages whose reasoning is shown."""
    raw: frozenset[str] = frozenset()
    """Ids of the messages whose source is shown."""
