"""Files of messages, opened and saved.

A file of an answer comes from outside. It is opened only if its own first bytes prove one of a few types that
programs show and do not run, from a private copy that has the extension of that type, and by the system's
opener, without a shell. Anything else is saved, and not opened. All of it blocks: call it on a thread.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from neurotui.app.links import PATIENCE, without_terminal
from neurotui.chat.attachments import Attachment, Blobs
from neurotui.chat.media_types import EXTENSIONS, HEAD, media_type
from neurotui.chat.received import file_name
from neurotui.store.files import write_file

_PIECE = 1 << 20


def proven_type(attachment: Attachment, blobs: Blobs) -> str:
    """Return the type that a file's first bytes prove; empty if it is none that is opened.

    Raises AttachmentLost.
    """
    with blobs.open(attachment.blob) as file:
        return media_type(file.read(HEAD))


def save_file(attachment: Attachment, number: int, blobs: Blobs, folder: Path) -> Path:
    """Write a file into a folder under its own name, or one made of its `number`. Return its path.

    A file that is there is left alone: the new one gets another name. Raises AttachmentLost and StoreError.
    """
    name = file_name(attachment, number)
    return write_file(folder / name, _pieces(attachment, blobs))


def open_file(attachment: Attachment, number: int, blobs: Blobs) -> bool:
    """Open a file in the system's program for its type; return False if it is not opened.

    Raises AttachmentLost and StoreError.
    """
    extension = EXTENSIONS.get(proven_type(attachment, blobs), "")
    if not extension:
        return False
    name = f"{Path(file_name(attachment, number)).stem}{extension}"
    return _start(write_file(_private_folder() / name, _pieces(attachment, blobs)))


def _pieces(attachment: Attachment, blobs: Blobs) -> Iterator[bytes]:
    with blobs.open(attachment.blob) as file:
        while piece := file.read(_PIECE):
            yield piece


@cache
def _private_folder() -> Path:
    """Return a folder that only its owner can enter; it goes when the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="neurotui-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _start(path: Path) -> bool:
    """Start the system's opener, without our terminal; return False if there is none or it failed."""
    if sys.platform == "win32":
        try:
            os.startfile(path)
        except OSError:
            return False
        return True
    try:
        process = subprocess.Popen(
            ["open" if sys.platform == "darwin" else "xdg-open", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=without_terminal(os.environ),
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return process.wait(PATIENCE) == 0
    except subprocess.TimeoutExpired:  # some programs run as long as their window is open
        return True
