"""What the clipboard of the system holds: a picture, or a text.

A terminal pastes text alone, so a picture is asked for from the tool of the system: wl-paste, xclip, pngpaste
or AppleScript, PowerShell. Over ssh there is no such tool on the near side, and the reason is told.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from neurotui.i18n import _

LARGEST = 20_000_000
"""What is larger is not taken (bytes)."""
PATIENCE = 3.0
"""Longest time for a tool to answer (seconds)."""
SLOW_PATIENCE = 10.0
"""The same for PowerShell, which takes a second to start."""

_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_FILES = "text/uri-list"
_TEXTS = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "STRING", "TEXT")
_APPLE_DATA = re.compile(rb"\xc2\xabdata PNGf([0-9A-Fa-f]*)\xc2\xbb")

_POWERSHELL_PICTURE = (
    "Add-Type -AssemblyName System.Windows.Forms,System.Drawing;"
    "$i=[Windows.Forms.Clipboard]::GetImage();"
    "if($i){$m=New-Object IO.MemoryStream;$i.Save($m,[Drawing.Imaging.ImageFormat]::Png);"
    "[Convert]::ToBase64String($m.ToArray())}"
)
_POWERSHELL_TEXT = (
    "Add-Type -AssemblyName System.Windows.Forms;"
    "[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes([Windows.Forms.Clipboard]::GetText()))"
)


@dataclass(frozen=True, slots=True)
class Held:
    """What a clipboard holds."""

    picture: bytes = b""
    """The bytes of a picture; empty if there is none."""
    text: str = ""
    """A text, or the addresses of files."""


class TooLarge(Exception):
    """The clipboard holds more than is taken."""


async def held(environ: Mapping[str, str] = os.environ) -> Held | None:
    """Return what the clipboard holds; None if no tool of the system can tell. Raises TooLarge."""
    for can, ask in _TOOLS:
        if can(environ):
            with suppress(TimeoutError):
                async with asyncio.timeout(SLOW_PATIENCE if ask is _from_powershell else PATIENCE):
                    if (found := await ask(environ)) is not None:
                        return found
    return None


def why_not(environ: Mapping[str, str] = os.environ) -> str:
    """Return why no tool can tell what the clipboard holds."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return _(
            "Over ssh the clipboard of your computer is out of reach: attach the picture as a file with @"
        )
    if environ.get("WAYLAND_DISPLAY"):
        return _("Install wl-clipboard, so that pictures can be taken from the clipboard")
    if environ.get("DISPLAY"):
        return _("Install xclip, so that pictures can be taken from the clipboard")
    return _("This system has no clipboard that can be asked: attach the picture as a file with @")


# Internals


def _has(tool: str, variable: str = "") -> Callable[[Mapping[str, str]], bool]:
    def can(environ: Mapping[str, str]) -> bool:
        is_there = shutil.which(tool, path=environ.get("PATH")) is not None
        return is_there and (not variable or bool(environ.get(variable)))

    return can


async def _from_wayland(environ: Mapping[str, str]) -> Held | None:
    return await _by_type(
        environ,
        ("wl-paste", "--list-types"),
        lambda kind: ("wl-paste", "--no-newline", "--type", kind),
    )


async def _from_x11(environ: Mapping[str, str]) -> Held | None:
    xclip = ("xclip", "-selection", "clipboard", "-o", "-t")
    return await _by_type(environ, (*xclip, "TARGETS"), lambda kind: (*xclip, kind))


async def _by_type(
    environ: Mapping[str, str], types: tuple[str, ...], get: Callable[[str], tuple[str, ...]]
) -> Held | None:
    """Ask a tool which types it has, and then for the best of them."""
    listed = await _output(types, environ)
    if listed is None:
        return None  # an empty clipboard is told by a failure too
    offered = listed.decode("utf-8", "replace").split()
    for kind in (*_PICTURES, _FILES, *_TEXTS):
        if kind in offered and (data := await _output(get(kind), environ)):
            if kind in _PICTURES:
                return Held(picture=data)
            return Held(text=data.decode("utf-8", "replace"))
    return Held()


async def _from_pngpaste(environ: Mapping[str, str]) -> Held | None:
    data = await _output(("pngpaste", "-"), environ)
    return Held(picture=data) if data else None


async def _from_apple(environ: Mapping[str, str]) -> Held | None:
    script = "get the clipboard as \N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}class PNGf"
    script += "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
    found = await _output(("osascript", "-e", script), environ, 2 * LARGEST + 100)
    if found and (match := _APPLE_DATA.search(found)):
        return Held(picture=bytes.fromhex(match[1].decode("ascii")))
    text = await _output(("pbpaste",), environ)
    return None if text is None else Held(text=text.decode("utf-8", "replace"))


async def _from_powershell(environ: Mapping[str, str]) -> Held | None:
    found = []
    for script in (_POWERSHELL_PICTURE, _POWERSHELL_TEXT):
        command = ("powershell.exe", "-NoProfile", "-STA", "-Command", script)
        output = await _output(command, environ, 2 * LARGEST)
        if output is None:
            return None
        with suppress(binascii.Error):
            found.append(base64.b64decode(output.strip(), validate=True))
            if found[0]:
                return Held(picture=found[0])
    return Held(text=found[1].decode("utf-8", "replace")) if len(found) == 2 else None


_TOOLS: tuple[
    tuple[Callable[[Mapping[str, str]], bool], Callable[[Mapping[str, str]], Awaitable[Held | None]]], ...
] = (
    (_has("wl-paste", "WAYLAND_DISPLAY"), _from_wayland),
    (_has("xclip", "DISPLAY"), _from_x11),
    (_has("pngpaste"), _from_pngpaste),
    (_has("osascript"), _from_apple),
    (_has("powershell.exe"), _from_powershell),
)


async def _output(command: tuple[str, ...], environ: Mapping[str, str], most: int = LARGEST) -> bytes | None:
    """Run a tool and return its output; None if it failed. Raises TooLarge; the tool is ended then."""
    nothing = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=nothing, stdout=asyncio.subprocess.PIPE, stderr=nothing, env=environ
        )
    except OSError:
        return None
    assert process.stdout is not None
    pieces, size = [], 0
    try:
        while piece := await process.stdout.read(1 << 16):
            pieces.append(piece)
            if (size := size + len(piece)) > most:
                raise TooLarge
        await process.wait()
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return b"".join(pieces) if process.returncode == 0 else None
