"""From a key to the screen that it opens, in a real terminal: the first time, when all is loaded, and again.

    python -m tests.benchmarks.screens [--runs 5] [NAME…]

Each screen is the first one that its program opens. Aim: 100 ms.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests import past
from tests.benchmarks.figures import keep, median, table
from tests.terminal import NEUROTUI, Terminal

AIM = 100
"""Milliseconds."""
SIZE = (100, 32)


@dataclass(frozen=True, slots=True)
class Way:
    """How a screen is opened and closed."""

    key: str
    shown: str
    """What is written last, or stands nowhere else."""
    before: Sequence[str] = ()
    """Keys that have to be pressed first."""
    after: Sequence[str] = ("escape",)
    paste: str = ""
    """What has to be in the input."""


WAYS = {
    "palette": Way("ctrl+p", "Ctrl+Q"),
    "help": Way("f1", "Space"),
    "models": Way("ctrl+l", "ind a model"),
    "servers": Way("f6", "another server"),
    "connect": Way("enter", "Save key", ("f6", "up")),
    "conversation": Way("f3", "Save as persona"),
    "settings": Way("f2", "System prompt"),
    "history": Way("ctrl+r", "Yesterday"),
    "save": Way("ctrl+s", "can be imported"),
    "links": Way("o", "Open in the browser", ("tab",), ("escape", "escape")),
    "confirm": Way("enter", "Do not send", after=("escape", "ctrl+c"), paste="sk-0123456789abcdef0123456789"),
    "slash": Way("/", "Tab complete", after=("backspace",)),
    "connection": Way("f5", "Nothing was sent yet"),
}


def opened(way: Way) -> tuple[float, float]:
    """Milliseconds from the key to the picture, for the first time and for the second."""
    times = []
    with (
        tempfile.TemporaryDirectory() as home,
        Terminal(
            [*NEUROTUI, "--demo", "--lang", "en", "-c"], home=remembering(Path(home)), size=SIZE
        ) as terminal,
    ):
        terminal.wait_for("How much does buffering")
        terminal.wait_until_quiet(1.5)  # as long as somebody looks at it before the first key
        for _time in range(2):
            if way.paste:
                terminal.paste(way.paste)
                terminal.wait_until_quiet()
            for key in way.before:
                terminal.press(key)
                terminal.wait_until_quiet()
            is_shown = partial(written_after, terminal, len(terminal.output), way.shown)
            pressed = terminal.press(way.key)
            shown = terminal.wait_for(is_shown)
            times.append((shown - pressed) * 1000)
            terminal.wait_until_quiet()
            for key in way.after:
                terminal.press(key)
                terminal.wait_until_quiet()
    first, again = times
    return first, again


def written_after(terminal: Terminal, start: int, text: str) -> bool:
    """Whether `text` is in the output of the program from the byte `start` on."""
    return text.encode() in terminal.output[start:]


def remembering(home: Path) -> Path:
    """A home in which the program finds conversations and settings."""
    data = home / ".local" / "share" / "neurotui"
    data.mkdir(parents=True)
    past.remember(data, "en")
    past.settings_of(home, "en", "dark")
    return home


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", choices=[[], *WAYS], help="those to open; all by default")
    parser.add_argument("--runs", type=int, default=5, help="programs for each screen")
    options = parser.parse_args()
    figures = {name: [opened(WAYS[name]) for _run in range(options.runs)] for name in options.names or WAYS}
    rows = [
        (name, *(f"{median(values):.0f}" for values in zip(*runs, strict=True)), AIM)
        for name, runs in figures.items()
    ]
    print(table(("screen, ms", "first", "again", "aim"), rows))
    print(keep("screens", {"runs": options.runs, "milliseconds": figures}))


if __name__ == "__main__":
    main()
