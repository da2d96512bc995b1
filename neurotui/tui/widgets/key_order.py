"""Keys in the order in which they were pressed, wherever something is typed."""

from __future__ import annotations

from functools import cache

from textual import events
from textual.binding import Binding, BindingsMap
from textual.widget import Widget

from neurotui.tui.terminal.app import TerminalApp


async def do_at_once(widget: Widget, event: events.Key) -> None:
    """Run what a key is bound to at a widget that had the focus when it was pressed.

    Textual would first pass the key up to the app, and what is typed behind it would overtake it.
    """
    bound = bindings_of(type(widget))
    if isinstance(widget.app, TerminalApp) and widget.app.keymap:
        bound = bound.copy()
        bound.apply_keymap(widget.app.keymap)
    for binding in bound.key_to_bindings.get(event.key, ()):
        if await widget.app.run_action(binding.action, widget):
            event.prevent_default()
            event.stop()
            return


@cache
def bindings_of(kind: type[Widget]) -> BindingsMap:
    """Return the bindings of a class and of those that it stands on, as textual merges them."""
    merged: dict[str, list[Binding]] = {}
    for base in reversed(kind.__mro__):
        merged |= BindingsMap(vars(base).get("BINDINGS", ())).key_to_bindings
    return BindingsMap.from_keys(merged)
