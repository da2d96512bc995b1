"""Keys in the order in which they were pressed, wherever something is typed."""

from __future__ import annotations

from textual import events
from textual.widget import Widget


async def do_at_once(widget: Widget, event: events.Key) -> None:
    """Run what a key is bound to at a widget that has the focus; no key that types a character is.

    Textual would first pass the key up to the app, and what is typed behind it would overtake it.
    """
    if event.is_printable:
        return
    active = widget.screen.active_bindings.get(event.key)
    if (
        active is not None
        and active.node is widget
        and await widget.app.run_action(active.binding.action, widget)
    ):
        event.prevent_default()
        event.stop()
