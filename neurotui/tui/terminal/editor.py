"""The message in the user's own editor, which is lent the terminal.

The event loop goes on meanwhile, so that an answer that comes is received and saved. The text is in a file in
a folder that only its owner can enter, and is gone with the folder when this is over.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from textual.app import SuspendNotSupported

from neurotui.errors import EditorFailed
from neurotui.i18n import _
from neurotui.i18n.reasons import reason_of

FILE_NAME = "message.md"
LAST_WORDS = 1.0
"""Seconds for an editor to leave the terminal in order, when the app has to end."""
_SHELL = "/bin/sh"
_FOR_A_SHELL = re.compile(r"""[|&;<>()$`*?\[#~=%{!]""")
"""Signs for which git has a shell run the editor, too."""
_COMPOUND = re.compile(r"[|&;<>(){}#!]")
"""Signs of more than one command. Of one alone the shell becomes the editor, which then ends with the app."""
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127
"""Exit codes of a shell that could not run a command."""
_USUAL = ("sensible-editor", "editor", "nano", "vim", "vi")


def command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the editor and its arguments, or a shell that understands them. Raises EditorFailed."""
    for variable in ("VISUAL", "EDITOR"):
        if chosen := environ.get(variable, "").strip():
            if sys.platform != "win32" and _FOR_A_SHELL.search(chosen):
                become = "" if _COMPOUND.search(chosen) else "exec env "
                return [_SHELL, "-c", f'{become}{chosen} "$@"', chosen]
            try:
                words = shlex.split(chosen, posix=sys.platform != "win32")
            except ValueError as error:
                raise EditorFailed(reason_of(error), editor=chosen) from error
            if shutil.which(words[0].strip('"')) is None:
                raise EditorFailed(_("It was not found"), editor=words[0])
            return words
    usual = ("notepad",) if sys.platform == "win32" else _USUAL
    for name in usual:
        if shutil.which(name):
            return [name]
    raise EditorFailed(_("It was not found"), editor=usual[-1])


async def edit(text: str, lend_terminal: Callable[[], AbstractContextManager[None]]) -> str:
    """Return what the user made of `text`. Raises EditorFailed if nothing was changed."""
    words = command()
    editor = words[-1] if words[0] == _SHELL else words[0]
    try:
        with _written(text) as file:
            with lend_terminal():
                status = await _run([*words, str(file)])
            if words[0] == _SHELL and status in (_NOT_EXECUTABLE, _NOT_FOUND):
                raise EditorFailed(_("It was not found"), editor=editor)
            if status != 0:
                raise EditorFailed(_("It ended with status {status}").format(status=status), editor=editor)
            edited = _read(file)
    except (OSError, SuspendNotSupported) as error:
        raise EditorFailed(reason_of(error), editor=editor) from error
    # Editors end a file with a line end of their own.
    return edited if text.endswith("\n") else edited.removesuffix("\n")


@contextmanager
def _written(text: str) -> Iterator[Path]:
    """Write `text` to a temporary file that only its owner can read."""
    with tempfile.TemporaryDirectory(prefix="neurotui-") as folder:  # 0700
        file = Path(folder, FILE_NAME)
        file.touch(0o600)
        file.write_text(text, encoding="utf-8", errors="replace", newline="")
        yield file


def _read(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


async def _run(words: list[str]) -> int:
    process = await asyncio.create_subprocess_exec(*words)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError, TimeoutError):
            process.terminate()
            await asyncio.wait_for(process.wait(), LAST_WORDS)
        raise
