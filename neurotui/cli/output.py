"""Output of commands: tables for people, lines and JSON for programs, sentences on standard error.

All output is cleaned, in a pipe too: its other end may well be a terminal. JSON keeps every character; those
that a terminal would obey are escaped.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import TextIOWrapper

from neurotui.cli.exit_codes import EXIT_FAILED, EXIT_PIPE_CLOSED, EXIT_STOPPED
from neurotui.errors import NeurotuiError, WorkStopped
from neurotui.i18n import _
from neurotui.i18n.reasons import reason_of

LONGEST_SENTENCE = 4000
READABLE = 24
"""Cells of a column in which a name can be told from others."""

_UNWRITABLE = {getattr(errno, name, 0) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EBADF")}
"""Errors that can only be of standard output here: errors of other files are mapped elsewhere."""

_SUSPECT = re.compile(r"[^\n\x20-\x7e\u0400-\u0482\u048a-\u04ff]")


def guarded(work: Callable[[], int]) -> int:
    """Run `work`; return its exit code. Print its errors as sentences; end quietly if the pipe is closed."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # Under an old encoding, print replacements rather than nothing or escapes.
                stream.reconfigure(errors="replace")
        try:
            return work()
        finally:
            sys.stdout.flush()
    except WorkStopped as error:
        say(str(error))
        return EXIT_STOPPED
    except NeurotuiError as error:
        say(f"{error.title}: {error.cause}" if error.cause else error.title)
        return EXIT_FAILED
    except BrokenPipeError:
        _write_no_more()
        return EXIT_PIPE_CLOSED
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        _write_no_more()
        say(_("standard output cannot be written: {reason}").format(reason=reason_of(error)))
        return EXIT_FAILED


def can_print(text: str) -> bool:
    """True if the terminal's encoding has all characters of `text`, or there is no terminal."""
    if not sys.stderr.isatty():
        return True
    try:
        text.encode(sys.stderr.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def is_plain(environ: Mapping[str, str]) -> bool:
    """True if the environment asks for lines to be read aloud, or the terminal can show nothing else."""
    return environ.get("NEUROTUI_PLAIN", "") not in ("", "0") or environ.get("TERM") == "dumb"


def why_not_drawn() -> str:
    """Return why the chat cannot be drawn: the locale is not UTF-8; empty if it is.

    The screen has signs that no old encoding has, and typed letters would be read as others.
    """
    encoding = sys.stderr.encoding or "utf-8"
    if codecs.lookup(encoding).name == "utf-8":
        return ""
    words = _("the chat needs UTF-8, and the locale says {encoding}: start it with LC_ALL=C.UTF-8 neurotui")
    return words.format(encoding=encoding.upper())


def _write_no_more() -> None:
    """Send the rest of the output to /dev/null: Python flushes it once more when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(sentence: str) -> None:
    """Print a sentence, cleaned, on standard error."""
    from neurotui.chat.text import clean_line

    print(f"neurotui: {clean_line(sentence, LONGEST_SENTENCE)}", file=sys.stderr)


def print_json(data: object) -> None:
    """Print a value as JSON; in ASCII with escapes if the output's encoding is an old one."""
    text = json_text(data)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = json.dumps(data, indent=2)
    print(text)


def json_text(data: object) -> str:
    """Return a value as JSON that is safe on a terminal."""
    return printable(json.dumps(data, ensure_ascii=False, indent=2))


def printable(text: str) -> str:
    """Return JSON with all characters that a terminal would obey or not show escaped."""
    return _SUSPECT.sub(
        lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], text
    )


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]], flexible: int, spare: int = 0) -> None:
    """Print rows in columns as wide as they must be; the `flexible` column gives way if there is no room.

    Of the last columns up to `spare` are left out before that one is cut to less than `READABLE`.
    """
    table = [heads, *rows]
    widths = [max(map(cells, column)) for column in zip(*table, strict=True)]
    room, readable = shutil.get_terminal_size().columns, min(widths[flexible], READABLE)
    while spare and sum(widths) - widths[flexible] + readable + 2 * (len(widths) - 1) > room:
        widths.pop()
        spare -= 1
    others = sum(widths) - widths[flexible] + 2 * (len(widths) - 1)
    widths[flexible] = min(widths[flexible], max(12, room - others))
    for number, row in enumerate(table):
        line = "  ".join(
            cut(text, width) + " " * (width - cells(cut(text, width)))
            for text, width in zip(row, widths, strict=False)
        ).rstrip()
        print(faint(line) if number == 0 else line)


def cells(text: str) -> int:
    """Return the number of terminal columns that a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "FW" else 1
        for character in text
    )


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` columns, with … at the end if it was cut."""
    if cells(text) <= width:
        return text
    while cells(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def bold(text: str) -> str:
    """Return `text` in bold, if the terminal can show it."""
    return f"\x1b[1m{text}\x1b[22m" if _styled() else text


def faint(text: str) -> str:
    """Return `text` dimmed, if the terminal can show it."""
    return f"\x1b[2m{text}\x1b[22m" if _styled() else text


def _styled() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
