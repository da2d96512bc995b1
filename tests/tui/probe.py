"""A small app on neurotui's driver that test_driver runs in a terminal: it shows each thing that it is told.

`u` makes Escape urgent, `w` writes without end, `q` quits. When the terminal is gone it writes the file
`ended` and ends with status 7, or lives on if STAY is set.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.widgets import Log

from neurotui.tui.terminal.app import TerminalApp
from neurotui.tui.terminal.driver import make_escape_urgent
from neurotui.tui.terminal.reports import TerminalGone


class Probe(TerminalApp):
    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        yield Log()

    def on_mount(self) -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # The driver has to find out by itself.
        self.show("ready")

    def show(self, line: str) -> None:
        self.query_one(Log).write_line(line)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            self.show(f"at {time.monotonic():.6f}")
            return
        self.show(f"key: {event.key}")
        match event.key:
            case "u":
                make_escape_urgent(self, True)
            case "w":
                self.set_interval(0.01, self.tick)
            case "q":
                self.exit()

    def tick(self) -> None:
        self.ticks = getattr(self, "ticks", 0) + 1
        self.show(f"tick {self.ticks}")

    def on_paste(self, event: events.Paste) -> None:
        self.show(f"paste: {event.text!r}" if len(event.text) < 100 else f"paste: {len(event.text)}")

    def on_terminal_gone(self, event: TerminalGone) -> None:
        with Path("ended").open("a") as file:
            print("gone", file=file)
        if "STAY" not in os.environ:
            self.exit(return_code=7)


if __name__ == "__main__":
    app = Probe()
    app.run()
    raise SystemExit(app.return_code)
