"""Links: which may be opened at all, and how.

A browser is started only with an address of http or https, parsed after it was unquoted, so that no other
scheme hides behind an escape (`javascript%3A…`), and never with one that could be read as an option.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from neurotui.chat.text import clean
from neurotui.markdown.addresses import legible

PATIENCE = 5.0
"""Seconds in which a browser shows that it cannot be started."""
_OPEN = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
_IN_TERMINALS = {"browsh", "elinks", "links", "links2", "lynx", "w3m", "www-browser"}
_CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f-\x9f]")


def openable(url: str) -> str:
    """`url` as it may be opened: what a browser would be given; empty where it must not be."""
    if url.startswith("-") or _CONTROL_OR_SPACE.search(url) or _parsed(unquote(url)) is None:
        return ""
    parsed = _parsed(url)
    return parsed.geturl() if parsed is not None else ""


def target(url: str) -> str:
    """A link as it is shown before it is opened: the host as the network knows it, nothing hidden."""
    parsed = _parsed(url)
    if parsed is None:
        return clean(url)
    host = parsed.hostname or ""
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        host = ascii(host)[1:-1]
    port = f":{parsed.port}" if parsed.port is not None else ""
    return clean(legible(parsed._replace(netloc=host + port).geturl()))


def links_in(source: str) -> tuple[str, ...]:
    """The links of a text in Markdown that may be opened, each once, in their order."""
    from neurotui.markdown.source import targets

    return tuple(dict.fromkeys(url for url in map(openable, targets(source)) if url))


def open_link(url: str) -> bool:
    """Gives an address to the system's browser; returns whether one took it. Blocks for `PATIENCE` at most.

    A process without our terminal does it: what a browser says is not written over the screen, and one that
    is made for terminals takes neither the screen nor the keys.
    """
    allowed = openable(url)
    if not allowed:
        return False
    process = subprocess.Popen(
        [sys.executable, "-c", _OPEN, allowed],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_without_terminal(os.environ),
        start_new_session=True,
    )
    try:
        return process.wait(PATIENCE) == 0
    except subprocess.TimeoutExpired:  # some run as long as their window is open
        return True


def _without_terminal(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment in which `webbrowser` finds only browsers with a window of their own."""
    environment = {name: value for name, value in environ.items() if name not in ("TERM", "BROWSER")}
    chosen = [
        command
        for command in environ.get("BROWSER", "").split(os.pathsep)
        if Path(command.partition(" ")[0]).name not in _IN_TERMINALS
    ]
    if any(chosen):
        environment["BROWSER"] = os.pathsep.join(chosen)
    return environment


def _parsed(url: str) -> SplitResult | None:
    """`url` in its parts, where it is one of http or https with a host."""
    try:
        parsed = urlsplit(url)
        valid = parsed.scheme in ("http", "https") and bool(parsed.hostname) and parsed.port != 0
    except ValueError:
        return None
    return parsed if valid else None
