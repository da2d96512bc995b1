"""The message in the user's own editor, which is lent the terminal.

The event loop goes on meanwhile, so that a running answer is received and saved. The text is in a file in a
folder that only its owner can enter; both are removed in the end.
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
"""Longest time for an editor to restore the terminal when the app has to end (seconds)."""
_SHELL = "/bin/sh"
_FOR_A_SHELL = re.compile(r"""[|&;<>()$`*?\[#~=%{!]""")
"""Characters for which git runs the editor by a shell, too."""
_COMPOUND = re.compile(r"[|&;<>(){}#!]")
"""Characters of more than one command. A single one replaces the shell, so that it ends with the app."""
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127
"""Exit codes of a shell that could not run a command."""
_USUAL = ("sensible-editor", "editor", "nano", "vim", "vi")


def command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the editor and its arguments, run by a shell if they need one. Raises EditorFailed."""
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
    """Return `text` as edited by the user. Raises EditorFailed if the editor could not be used."""
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
