"""Keys in the order in which they were pressed, wherever something is typed."""

from __future__ import annotations

from textual import events
from textual.widget import Widget


async def do_at_once(widget: Widget, event: events.Key) -> None:
    """Does what a key is bound to at a widget that has the focus.

    Textual would first pass the key up to the app, and what is typed behind it would overtake it.
    """
    bound = widget._bindings.copy()
    bound.apply_keymap(widget.app._keymap)
    for binding in bound.key_to_bindings.get(event.key, ()):
        if await widget.app.run_action(binding.action, widget):
            event.prevent_default()
            event.stop()
            return
