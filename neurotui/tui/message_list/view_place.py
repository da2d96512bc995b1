"""Place at which a conversation was left, so that it can be shown there again."""

from __future__ import annotations

from typing import NamedTuple


class ViewPlace(NamedTuple):
    """The place at which a reader left a conversation."""

    top: str = ""
    """Id of the message at the top of the window; empty if the window was at the end."""
    line: int = 0
    """Line of the message `top` at which the window begins."""
    cursor: str = ""
    """Id of the message under the cursor; empty if there is none."""
    unfolded: frozenset[str] = frozenset()
    """Ids of the messages whose reasoning is shown."""
    raw: frozenset[str] = frozenset()
    """Ids of the messages whose source is shown."""
