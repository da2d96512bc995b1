"""What commands print: tables for people, lines and JSON for programs, sentences on standard error.

Whatever is printed has passed the gate, in a pipe too: its other end may well be a terminal. JSON keeps every
character, those that a terminal would obey as escapes.
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
from collections.abc import Callable, Iterable, Sequence
from io import TextIOWrapper

from neurotui.cli import EXIT_STOPPED as EXIT_STOPPED
from neurotui.errors import NeurotuiError, WorkStopped
from neurotui.i18n import _
from neurotui.i18n.reasons import reason_of

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_PIPE_CLOSED = 141
"""What a shell says of a program whose reader is gone: 128 and the number of SIGPIPE."""

LONGEST_SENTENCE = 4000

_UNWRITABLE = {getattr(errno, name, 0) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EBADF")}
"""What only output meets here: all other files have errors of their own."""

_SUSPECT = re.compile(r"[^\n\x20-\x7e\u0400-\u0482\u048a-\u04ff]")


def guarded(work: Callable[[], int]) -> int:
    """The exit code of `work`; its errors become sentences, a closed pipe becomes the end."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # An old encoding is no reason to print nothing, nor escapes for each letter.
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
    """True if the terminal, where there is one, has all characters of `text` in its encoding."""
    if not sys.stderr.isatty():
        return True
    try:
        text.encode(sys.stderr.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def why_not_drawn() -> str:
    """Return why the terminal gets no screen: its locale is not UTF-8; empty if it is.

    A screen has signs that no old encoding has, and what is typed would be read as other letters.
    """
    encoding = sys.stderr.encoding or "utf-8"
    if codecs.lookup(encoding).name == "utf-8":
        return ""
    words = _("the chat needs UTF-8, and the locale says {encoding}: start it with LC_ALL=C.UTF-8 neurotui")
    return words.format(encoding=encoding.upper())


def _write_no_more() -> None:
    """Lets what is left of the output lead nowhere: Python flushes it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(sentence: str) -> None:
    """Prints something beside the result, through the gate."""
    from neurotui.chat.text import clean_line

    print(f"neurotui: {clean_line(sentence, LONGEST_SENTENCE)}", file=sys.stderr)


def print_json(data: object) -> None:
    """Prints a value as JSON; all but ASCII as escapes where the output has an old encoding."""
    text = json_text(data)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = json.dumps(data, indent=2)
    print(text)


def json_text(data: object) -> str:
    """A value as JSON that a terminal may show."""
    return printable(json.dumps(data, ensure_ascii=False, indent=2))


def printable(text: str) -> str:
    """JSON with all characters that a terminal would obey, or not show, as escapes."""
    return _SUSPECT.sub(
        lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], text
    )


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]], flexible: int) -> None:
    """Prints rows in columns as wide as they must be; the `flexible` one gives way where there is no room."""
    table = [heads, *rows]
    widths = [max(map(cells, column)) for column in zip(*table, strict=True)]
    others = sum(widths) - widths[flexible] + 2 * (len(widths) - 1)
    widths[flexible] = max(12, min(widths[flexible], shutil.get_terminal_size().columns - others))
    for number, row in enumerate(table):
        line = "  ".join(
            cut(text, width) + " " * (width - cells(cut(text, width)))
            for text, width in zip(row, widths, strict=True)
        ).rstrip()
        print(faint(line) if number == 0 else line)


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "FW" else 1
        for character in text
    )


def cut(text: str, width: int) -> str:
    """`text` in at most `width` columns, with … where it goes on."""
    if cells(text) <= width:
        return text
    while cells(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def bold(text: str) -> str:
    """What matters, where the terminal can show it."""
    return f"\x1b[1m{text}\x1b[22m" if _styled() else text


def faint(text: str) -> str:
    """What matters less."""
    return f"\x1b[2m{text}\x1b[22m" if _styled() else text


def _styled() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
