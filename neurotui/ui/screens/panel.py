"""What the screens that lie over the chat have in common: one panel in the middle, and Escape to leave."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import ModalScreen

Result = TypeVar("Result")


class PanelScreen(ModalScreen[Result]):
    """A screen whose content is in the container `#panel`."""

    DEFAULT_CSS = """
    PanelScreen {
        align: center middle;
        background: $background 60%;

        #panel {
            width: 90%;
            max-width: 84;
            height: auto;
            max-height: 90%;
            padding: 1 2;
            border: round $accent 70%;
            border-title-color: $text-accent;
            border-subtitle-color: $foreground-muted;
            background: $surface;
            scrollbar-size-vertical: 1;
        }
        #panel, PickList {
            scrollbar-background: $surface;
            scrollbar-background-hover: $surface;
            scrollbar-background-active: $surface;
            scrollbar-color: $foreground 20%;
        }
        .notice { height: auto; color: $foreground-muted; }
        .notice.-error { color: $text-error; }
        .notice.-success { color: $text-success; }
    }
    """
