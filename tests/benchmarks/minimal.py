"""The least textual app that could be a chat, an input and a Markdown widget, to hold our start against."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input, Markdown


class Minimal(App[None]):
    def compose(self) -> ComposeResult:
        yield Markdown("# Hello\n\nA *minimal* app.")
        yield Input(placeholder="Message")

    def on_mount(self) -> None:
        self.query_one(Input).focus()


if __name__ == "__main__":
    Minimal().run()
