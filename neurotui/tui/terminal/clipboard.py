"""The clipboard, by every way that leads to it.

A terminal is asked to take a text by OSC 52, and never answers whether it did. By default tmux accepts OSC 52
from no program, but it has a command of its own that puts the text into its buffer, which can be read back,
and passes it on to its terminal. If the system has a tool for the clipboard, the tool gets the text too.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

PATIENCE = 2.0
"""Longest time for a tool to take a text (seconds)."""
TMUX_PATIENCE = 1.0
"""Longest time for tmux to take a text and to return it (seconds)."""
SCREEN_CHUNK = 512
"""Largest piece that GNU screen passes on (bytes); it drops longer ones."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that sets the clipboard."""

    command: tuple[str, ...]
    variable: str = ""
    """Environment variable without which the tool has nothing to talk to; empty if it needs none."""


TOOLS = (
    Tool(("wl-copy",), "WAYLAND_DISPLAY"),
    Tool(("xclip", "-selection", "clipboard"), "DISPLAY"),
    Tool(("xsel", "-b", "-i"), "DISPLAY"),
    Tool(("pbcopy",)),
    Tool(("clip.exe",)),
)


async def copy(text: str, write: Callable[[str], object], environ: Mapping[str, str] = os.environ) -> None:
    """Put `text` on the clipboard; `write` sends to the terminal."""
    data = text.encode("utf-8", "replace")
    if not await give_to_tmux(data, environ):
        write(request(data, environ))
    await give_to_tool(data, environ)


def request(data: bytes, environ: Mapping[str, str] = os.environ) -> str:
    """Return the OSC 52 sequence that asks the terminal to take `data`, wrapped for multiplexers in between.

    Over ssh, TERM alone tells that there is a multiplexer on the near side, but not which one; each drops the
    sequences meant for another.
    """
    sequence = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    term = environ.get("TERM", "")
    if "TMUX" in environ or term.startswith("tmux"):
        return sequence + "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if "STY" in environ or term.startswith("screen"):
        chunks = [sequence[at : at + SCREEN_CHUNK] for at in range(0, len(sequence), SCREEN_CHUNK)]
        wrapped = "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
        return wrapped if "STY" in environ else sequence + wrapped
    return sequence


async def give_to_tmux(data: bytes, environ: Mapping[str, str] = os.environ) -> bool:
    """Put `data` into the buffer of the tmux around this program; return True if it was read back.

    Return False without tmux, for one older than 3.2, and if the server that TMUX names is gone.
    """
    if not environ.get("TMUX"):
        return False
    with suppress(TimeoutError):
        async with asyncio.timeout(TMUX_PATIENCE):
            if await _run(("tmux", "load-buffer", "-w", "-"), environ, data) is not None:
                return await _run(("tmux", "show-buffer"), environ) == data
    return False


async def give_to_tool(data: bytes, environ: Mapping[str, str] = os.environ) -> bool:
    """Pass `data` to the first tool of the system that takes it; return False if none does."""
    for tool in TOOLS:
        if (tool.variable and not environ.get(tool.variable)) or shutil.which(tool.command[0]) is None:
            continue
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                if await _run(tool.command, environ, data) is not None:
                    return True
    return False


async def _run(
    command: tuple[str, ...], environ: Mapping[str, str], data: bytes | None = None
) -> bytes | None:
    """Run a program with `data` as its input; return its output, or None if it failed.

    A tool that was given data may stay in the background to serve it: its output is not read.
    """
    nothing = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=nothing if data is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE if data is None else nothing,
            stderr=nothing,
            env=environ,
        )
    except OSError:
        return None
    try:
        output, _ = await process.communicate(data)
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return (output or b"") if process.returncode == 0 else None
