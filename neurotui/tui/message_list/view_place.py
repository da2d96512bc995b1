"""Place at which a conversation was left, so that it can be shown there again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from neurotui.tui.message_list.viewport import Viewport


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

    @classmethod
    def of(cls, stack: Viewport, cursor: int | None) -> ViewPlace:
        """Return the place of a window on a stack; `cursor` is the index of the message under the cursor."""
        top = stack.views[stack.top.view].message.id if stack.top.view < len(stack.views) else ""
        return cls(
            "" if stack.at_end else top,
            stack.y_of(stack.top) - stack.heights.top(stack.top.view) if top else 0,
            stack.views[cursor].message.id if cursor is not None else "",
            frozenset(view.message.id for view in stack.views if view.unfolded),
            frozenset(view.message.id for view in stack.views if view.raw),
        )
