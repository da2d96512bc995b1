"""A turn as it came over the wire, kept in a file and played again.

The file is JSON, one object a line, in UTF-8. The first line is the head, and after it come the exchanges,
each a request and what was answered, in the order in which they ended:

    {"neurotui": "recording", "version": 1, "program": "0.1.0", "at": "2026-03-01T12:04:00+00:00"}
    {"request": {…}, "url": "https://…"}                   the JSON that was sent; begins an exchange
    {"at": 0.013, "phase": "connecting"}                   a connection is opened
    {"at": 0.094, "phase": "sent"}                         the whole request has left
    {"at": 0.310, "status": 200, "headers": [["Content-Type", "text/event-stream"], …]}
    {"at": 0.311, "text": ": PING\\n\\n"}                    bytes of the body, which are UTF-8
    {"at": 4.207, "base64": "0L8="}                        bytes of the body, which are not by themselves
    {"at": 9.120, "end": "complete"}                       the body came to its proper end

`at` is in seconds from the beginning of the exchange; the bytes are cut as the network brought them. In the
place of `complete` an exchange may end as `closed`, by neurotui (a stop, an answer that was over), or by the
name of what httpx raised, such as `ReadError`, with its `words` and with the system's `reason`, if there was
one. Later versions may add names; what a reader does not know it passes over.

The file holds the conversation that was sent, and no bytes of its files: where their base64 stood in the
request, `sha256:` and their digest stand. It holds no key: no header of the request is kept, cookies are left
out, and where a server repeats the key, as many asterisks stand in its place.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from neurotui import __version__
from neurotui.errors import NeurotuiError, RecordingUnusable
from neurotui.i18n import _
from neurotui.i18n.reasons import reason_of

VERSION = 1
COMPLETE = "complete"
CLOSED = "closed"
LONGEST_HEAD = 4096
"""Characters of the first line."""


@dataclass(frozen=True, slots=True)
class RecordedChunk:
    """Bytes of a body, and when they came."""

    at: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Reason:
    """The system's words for a failure."""

    kind: str
    """`name` (no address is known), `certificate` or `system`."""
    number: int = 0
    words: str = ""


@dataclass(slots=True)
class RecordedExchange:
    """One request, and what was answered; times in seconds from its beginning."""

    request: dict[str, Any]
    url: str = ""
    phases: list[tuple[float, str]] = field(default_factory=list)
    """`connecting` and `sent`."""
    status: int | None = None
    """None where no head came."""
    headers: list[tuple[str, str]] = field(default_factory=list)
    head_at: float = 0.0
    pieces: list[RecordedChunk] = field(default_factory=list)
    end: str = CLOSED
    end_at: float = 0.0
    words: str = ""
    """Of the exception that ended it."""
    reason: Reason | None = None

    @property
    def body(self) -> bytes:
        """All that came of the body."""
        return b"".join(piece.data for piece in self.pieces)


class RecordingFile:
    """A new file that takes exchanges as they end."""

    def __init__(self, path: Path) -> None:
        self.trouble: NeurotuiError | None = None
        """Why something is missing in the file; None where nothing is."""
        self._path = path

    def create(self) -> None:
        """Make the file. Raises RecordingUnusable if it exists already or cannot be made."""
        head = {
            "neurotui": "recording",
            "version": VERSION,
            "program": __version__,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        try:
            with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(_line(head))
        except OSError as error:
            raise RecordingUnusable(reason_of(error), path=self._path) from None

    def append(self, exchange: RecordedExchange) -> None:
        """Writes an exchange. Never raises: what goes wrong is `trouble`."""
        try:
            with self._path.open("ab") as file:
                file.write(b"".join(map(_line, entries(exchange))))
        except OSError as error:
            self.trouble = RecordingUnusable(reason_of(error), path=self._path)


def entries(exchange: RecordedExchange) -> Iterator[dict[str, Any]]:
    """An exchange as the objects of its lines."""
    yield {"request": exchange.request, "url": exchange.url}
    for at, phase in exchange.phases:
        yield {"at": round(at, 6), "phase": phase}
    if exchange.status is not None:
        head = {"status": exchange.status, "headers": [list(header) for header in exchange.headers]}
        yield {"at": round(exchange.head_at, 6)} | head
    for piece in exchange.pieces:
        try:
            data = {"text": piece.data.decode()}
        except UnicodeDecodeError:
            data = {"base64": base64.b64encode(piece.data).decode()}
        yield {"at": round(piece.at, 6)} | data
    end: dict[str, Any] = {"at": round(exchange.end_at, 6), "end": exchange.end}
    if exchange.words:
        end["words"] = exchange.words
    if exchange.reason is not None:
        end["reason"] = [exchange.reason.kind, exchange.reason.number, exchange.reason.words]
    yield end


def read(path: Path) -> list[RecordedExchange]:
    """The exchanges in a file; one without an end was cut off there. Raises RecordingUnusable."""
    try:
        with path.open(encoding="utf-8") as file:
            # Its first line, before all the gigabytes that a file of another kind may have.
            if not _is_head(file.readline(LONGEST_HEAD)):
                words = _("It is not a recording, or it is one of a newer neurotui")
                raise RecordingUnusable(words, path=path)
            lines = file.read().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        words = reason_of(error) if isinstance(error, OSError) else _("It is not text")
        raise RecordingUnusable(words, path=path) from None
    exchanges: list[RecordedExchange] = []
    for number, line in enumerate(lines, start=2):
        try:
            _take(json.loads(line) if line.strip() else {}, exchanges)
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError):
            if number == len(lines) + 1:
                break  # the end of the file was lost
            raise RecordingUnusable(_("Line {n} cannot be read").format(n=number), path=path) from None
    if not exchanges:
        raise RecordingUnusable(_("Nothing was recorded in it"), path=path)
    return exchanges


def _is_head(line: str) -> bool:
    try:
        match json.loads(line):
            case {"neurotui": "recording", "version": int(version)}:
                return version <= VERSION
    except (ValueError, RecursionError):
        pass
    return False


def _take(entry: dict[str, Any], exchanges: list[RecordedExchange]) -> None:
    """Add one line to the exchange that it belongs to. Raises whatever a wrong line brings about."""
    match entry:
        case {"request": dict(request)}:
            exchanges.append(RecordedExchange(request, str(entry.get("url", ""))))
        case {"phase": str(phase)}:
            exchanges[-1].phases.append((_moment(entry), phase))
        case {"status": int(status)}:
            exchanges[-1].status = status
            exchanges[-1].head_at = _moment(entry)
            exchanges[-1].headers = [(str(name), str(value)) for name, value in entry["headers"]]
        case {"text": str(text)}:
            exchanges[-1].pieces.append(RecordedChunk(_moment(entry), text.encode()))
        case {"base64": str(data)}:
            exchanges[-1].pieces.append(RecordedChunk(_moment(entry), base64.b64decode(data, validate=True)))
        case {"end": str(end)}:
            exchanges[-1].end = end
            exchanges[-1].end_at = _moment(entry)
            exchanges[-1].words = str(entry.get("words", ""))
            if "reason" in entry:
                kind, number, words = entry["reason"]
                exchanges[-1].reason = Reason(str(kind), int(number), str(words))


def _moment(entry: dict[str, Any]) -> float:
    moment = float(entry["at"])
    if not isfinite(moment):
        raise ValueError(entry)
    return moment


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
