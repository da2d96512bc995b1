"""Links: which may be opened, and how.

A browser is started only with an http or https address, parsed after it was unquoted, so that no other scheme
hides behind an escape (`javascript%3A…`), and never with one that could be read as an option.
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
"""Seconds to wait for a browser to fail."""
_OPEN = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
_IN_TERMINALS = {"browsh", "elinks", "links", "links2", "lynx", "w3m", "www-browser"}
_CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f-\x9f]")


def openable(url: str) -> str:
    """Return `url` as a browser would be given it; empty if it must not be opened."""
    if url.startswith("-") or _CONTROL_OR_SPACE.search(url) or _parsed(unquote(url)) is None:
        return ""
    parsed = _parsed(url)
    return parsed.geturl() if parsed is not None else ""


def target(url: str) -> str:
    """Return a link as it is shown before it is opened: the host as the network sees it, nothing hidden."""
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
    """Return the links of a Markdown text that may be opened, in order and each once."""
    from neurotui.markdown.source import targets

    return tuple(dict.fromkeys(url for url in map(openable, targets(source)) if url))


def open_link(url: str) -> bool:
    """Open an address in the system's browser; return False if none took it. Blocks for `PATIENCE` at most.

    A process without our terminal does it: a browser's messages are not written over the screen, and one made
    for terminals takes neither the screen nor the keys.
    """
    allowed = openable(url)
    if not allowed:
        return False
    process = subprocess.Popen(
        [sys.executable, "-c", _OPEN, allowed],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=without_terminal(os.environ),
        start_new_session=True,
    )
    try:
        return process.wait(PATIENCE) == 0
    except subprocess.TimeoutExpired:  # some browsers run as long as their window is open
        return True


def without_terminal(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which `webbrowser` finds only browsers with a window of their own."""
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
    """Return the parts of an http or https address with a host; None for any other `url`."""
    try:
        parsed = urlsplit(url)
        valid = parsed.scheme in ("http", "https") and bool(parsed.hostname) and parsed.port != 0
    except ValueError:
        return None
    return parsed if valid else None
