"""Keys in the order in which they were pressed, wherever something is typed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

from textual import events
from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.widget import Widget

from neurotui.tui.terminal.app import TerminalApp

PATIENCE = 1.0
"""Longest time that a key waits for those before it (seconds): something may take long."""
URGENT_PATIENCE = 0.02
"""The same of a key that stops an answer."""


def prior_actions(widget: Widget, key: str) -> Iterator[str]:
    """Yield the actions of the bindings with priority that a key has where a widget has the focus."""
    for node in widget.ancestors_with_self:
        for binding in _bindings_at(node).key_to_bindings.get(key, ()):
            if binding.priority:
                yield binding.action


async def after_earlier_keys(focused: Widget, *, urgent: bool = False) -> None:
    """Wait until the keys before this one have done all that they do.

    A binding with priority is run by the app, but what was typed before is in the queue of the widget with
    the focus: Enter and Ctrl+N at once would send the message in the new conversation. A message that a key
    posts, such as the one to be sent, passes the widgets around, so these are waited for as well, unless it
    is urgent.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(URGENT_PATIENCE if urgent else PATIENCE):
            for widget in (focused, *(() if urgent else focused.ancestors_with_self)):
                done = asyncio.Event()
                if isinstance(widget, Widget) and widget.call_later(done.set):
                    await done.wait()


async def do_at_once(widget: Widget, event: events.Key) -> None:
    """Run what a key is bound to at a widget that had the focus when it was pressed.

    Textual would first pass the key up to the app, and what is typed behind it would overtake it.
    """
    for binding in _bindings_at(widget).key_to_bindings.get(event.key, ()):
        if await widget.app.run_action(binding.action, widget):
            event.prevent_default()
            event.stop()
            return


def _bindings_at(node: DOMNode) -> BindingsMap:
    """Return the bindings of a node with the user's keys."""
    bound = bindings_of(type(node))
    if isinstance(node.app, TerminalApp) and node.app.keymap:
        bound = bound.copy()
        bound.apply_keymap(node.app.keymap)
    return bound


@cache
def bindings_of(kind: type[DOMNode]) -> BindingsMap:
    """Return the bindings of a class and of those that it stands on, as textual merges them."""
    merged: dict[str, list[Binding]] = {}
    for base in reversed(kind.__mro__):
        merged |= BindingsMap(vars(base).get("BINDINGS", ())).key_to_bindings
    return BindingsMap.from_keys(merged)
