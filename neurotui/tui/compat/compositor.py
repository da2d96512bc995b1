"""How a screen puts its picture together: with `QuickCompositor`, or as textual does."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from neurotui.tui.compat import available


def use_quick_compositor(screen: Screen[Any]) -> None:
    """Draw `screen`, which is not shown yet, with the quick compositor, if it can be used."""
    if available("quick_compositor"):
        from neurotui.tui.compat.quick_compositor import QuickCompositor

        screen._compositor = QuickCompositor()
