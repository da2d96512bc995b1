"""The clipboard, and honesty about it.

A terminal is asked to take a text by OSC 52, wrapped for tmux and screen, and never answers whether it did.
Where the system has a tool of its own that tool gets the text too, and is asked for it afterwards: only then
is it known that the text is there.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

PATIENCE = 2.0
"""Seconds that a tool may take."""
SCREEN_CHUNK = 512
"""Bytes that GNU screen passes on in one piece; it drops longer ones."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that sets the clipboard, and one that tells it."""

    name: str
    write: tuple[str, ...]
    read: tuple[str, ...]
    variable: str = ""
    """The variable of the environment without which it has nothing to talk to."""


TOOLS = (
    Tool("wl-copy", ("wl-copy",), ("wl-paste", "--no-newline"), "WAYLAND_DISPLAY"),
    Tool(
        "xclip", ("xclip", "-selection", "clipboard"), ("xclip", "-selection", "clipboard", "-o"), "DISPLAY"
    ),
    Tool("xsel", ("xsel", "-b", "-i"), ("xsel", "-b", "-o"), "DISPLAY"),
    Tool("pbcopy", ("pbcopy",), ("pbpaste",)),
    Tool("clip.exe", ("clip.exe",), ("powershell.exe", "-NoProfile", "-Command", "Get-Clipboard -Raw")),
)


@dataclass(frozen=True, slots=True)
class Copied:
    """What was done."""

    tool: str = ""
    """The program that has the text; empty where only the terminal was asked."""
    checked: bool = False
    """Whether the text was seen to be there."""


def request(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """What asks the terminal to take `text`: OSC 52, wrapped for what stands between."""
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    sequence = f"\x1b]52;c;{encoded}\x07"
    if "TMUX" in environ:
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environ.get("TERM", "").startswith("screen"):
        chunks = [sequence[at : at + SCREEN_CHUNK] for at in range(0, len(sequence), SCREEN_CHUNK)]
        return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
    return sequence


async def give_to_tool(text: str, environ: Mapping[str, str] = os.environ) -> Copied:
    """Gives `text` to the system's own tool, where there is one, and looks whether it has it."""
    for tool in TOOLS:
        if (tool.variable and not environ.get(tool.variable)) or shutil.which(tool.write[0]) is None:
            continue
        if await _run(tool.write, text.encode("utf-8", "replace")) is None:
            continue
        seen = await _run(tool.read) if shutil.which(tool.read[0]) else None
        same = seen is not None and _lines(seen.decode("utf-8", "replace")) == _lines(text)
        return Copied(tool.name, same)
    return Copied()


def _lines(text: str) -> list[str]:
    """A text as clipboards keep it: what ends its lines, and its last one, may change."""
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


async def _run(command: tuple[str, ...], text: bytes | None = None) -> bytes | None:
    """What a program prints; None where it failed or took too long.

    What writes the clipboard stays on behind to serve it: its output is not waited for.
    """
    nothing = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=nothing if text is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE if text is None else nothing,
            stderr=nothing,
        )
        try:
            async with asyncio.timeout(PATIENCE):
                output, _ = await process.communicate(text)
        except TimeoutError:
            process.kill()
            return None
    except OSError:
        return None
    return (output or b"") if process.returncode == 0 else None
