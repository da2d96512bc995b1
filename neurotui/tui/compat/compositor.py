"""The choice of a screen's compositor: `QuickCompositor`, or textual's own."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from neurotui.tui.compat import available


def use_quick_compositor(screen: Screen[Any]) -> None:
    """Draw `screen`, which is not shown yet, with the quick compositor if that can be used."""
    if available("quick_compositor"):
        from neurotui.tui.compat.quick_compositor import QuickCompositor

        screen._compositor = QuickCompositor()
