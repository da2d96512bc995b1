"""Attachments before they are sent: paths in a text, files that changed, secrets. Blocking, for a thread."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from neurotui.api.catalogue import ModelInfo
from neurotui.app.attachments.file_reading import OpenFile, stamp
from neurotui.app.attachments.files import MOST_PICTURE, MOST_TEXT, attach_bytes, seen_as
from neurotui.app.attachments.folders import gathered
from neurotui.chat.attachment_words import attachment_name
from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs
from neurotui.chat.text import clean_line
from neurotui.errors import AttachmentUnusable
from neurotui.i18n import N_, _
from neurotui.wire.secrets import key_in

MOST_PATHS = 100
LONGEST_PATHS = 100_000
"""A text of more characters is no list of paths."""

_QUOTED = re.compile(r"""(?:&\s+)?(?:'(?P<single>[^']+)'|"(?P<double>(?:[^"\\]|\\.)+)")(?=\s|$)""")
_BARE = re.compile(r"(?:[^\s\\]|\\.)+")
_ESCAPED = re.compile(r"\\(.)")
_DRIVE = re.compile(r"(?P<letter>[A-Za-z]):[\\/]")


def attach_paste(text: str, blobs: Blobs) -> Attachment:
    """Return a long text that was pasted as an attachment. Raises StoreError."""
    return Attachment(AttachmentKind.PASTE, "", "text/plain", blobs.put(text.encode()), text=text)


def attach_picture(data: bytes, blobs: Blobs, name: str = "picture.png") -> Attachment:
    """Return a picture from the clipboard as an attachment. Raises AttachmentUnusable and StoreError."""
    return attach_bytes(name, data, blobs)


# Paths in a text


def paths_in(text: str) -> list[Path]:
    """Return the files and folders that a text names, if it does nothing else; else none.

    They may be quoted, escaped as for a shell, addresses (`file://`), or of Windows, several on a line or one
    a line. A single word without a slash is a word, even if a file is called so.
    """
    text = text.strip()
    if not text or len(text) > LONGEST_PATHS or "\0" in text:
        return []
    paths: list[Path] = []
    for line in text.splitlines():
        if not (line := line.strip()):
            continue
        found = [whole] if (whole := _existing(line)) else list(_separate(line))
        if not found or None in found or len(paths) + len(found) > MOST_PATHS:
            return []
        paths += [path for path in found if path is not None]
    return paths


def named(argument: str) -> list[Path]:
    """Return what the argument of a command names: any name is a path there, quoted, escaped, or as it is."""
    try:
        whole = Path(argument.strip()).expanduser()
        if whole.exists():
            return [whole]
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, nobody's home
        whole = Path(argument.strip())
    if paths := paths_in(argument):
        return paths
    found = list(_separate(argument.strip(), is_path=True))
    paths = [path for path in found if path is not None]
    return paths if paths and len(paths) == len(found) else [whole]


def _separate(line: str, *, is_path: bool = False) -> Iterator[Path | None]:
    """Yield the paths on a line, between blanks; None for what is no path.

    With `is_path` a single word is one, too.
    """

    def existing(name: str) -> Path | None:
        return _existing(name, is_path=is_path)

    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        if quoted := _QUOTED.match(line, at):
            at = quoted.end()
            inner = quoted["single"] or quoted["double"]
            plain = existing(inner) or (existing(_ESCAPED.sub(r"\1", inner)) if quoted["double"] else None)
        elif bare := _BARE.match(line, at):
            at = bare.end()
            plain = existing(bare[0]) or existing(_ESCAPED.sub(r"\1", bare[0]))
        else:
            plain = None
        yield plain
        if plain is None:
            return


def _existing(name: str, *, is_path: bool = False) -> Path | None:
    """Return the file or the folder of a name; None if there is none."""
    try:
        path = _path(name, is_path=is_path)
        return path if path is not None and (path.is_file() or path.is_dir()) else None
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, nobody's home
        return None


def _path(name: str, *, is_path: bool) -> Path | None:
    """Return a name as a path; None if it does not look like one.

    A name of another computer (`//host/share`) is none: to look it up would ask that host.
    """
    if name.lower().startswith("file:"):
        address = urlsplit(name)
        if address.netloc not in ("", "localhost"):
            return None
        name = unquote(address.path, errors="surrogateescape")
        if os.name == "nt" or re.match(r"/[A-Za-z]:[\\/]", name):
            name = name.removeprefix("/")
    if name.startswith(("\\\\", "//")):
        return None
    if (drive := _DRIVE.match(name)) and os.name != "nt":
        name = f"/mnt/{drive['letter'].lower()}/" + name[drive.end() :].replace("\\", "/")  # as WSL has it
    if not is_path and (not re.search(r"[/\\]", name) or not name.strip("./\\~")):
        return None
    return Path(name).expanduser()


# Before a message is sent


def changed(attachment: Attachment) -> bool:
    """True if the file of an attachment differs now from the bytes that were kept.

    One that is gone, or cannot be read, does not: its bytes are kept.
    """
    path, blob = Path(attachment.facts.path), attachment.blob
    try:
        if not attachment.facts.path:
            return False
        if attachment.kind is AttachmentKind.FOLDER:
            return gathered(path, path.name, MOST_TEXT).text != attachment.text
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return False
        if status.st_size != blob.size:
            return True
        if seen_as(attachment) == stamp(status):
            return False
        with OpenFile(path) as file:
            return hashlib.sha256(file.whole(MOST_PICTURE)).hexdigest() != blob.digest
    except (OSError, ValueError, AttachmentUnusable):
        return False


def secrets_in(attachment: Attachment) -> str:
    """Return what is to be known of secrets in a text that is attached; empty if nothing looks like one."""
    if not attachment.is_text:
        return ""
    name = attachment_name(attachment)
    if key := key_in(attachment.text):
        words = _("{name} seems to hold a key, {key}: whoever runs the server can read and keep it")
        return words.format(name=name, key=f"{key[:3]}…{key[-4:]}")
    if _holds_secrets(attachment.name):
        words = _("{name} is a file for secrets: whoever runs the server can read and keep them")
        return words.format(name=name)
    return ""


def _holds_secrets(name: str) -> bool:
    """True for `.env` and its like, but not for an example of one."""
    stem, *endings = name.lower().lstrip(".").split(".")
    is_env = (name.lower().startswith(".env") and stem == "env") or name.lower().endswith(".env")
    return is_env and not {"example", "sample", "template", "dist"} & set(endings)


_KINDS = {
    AttachmentKind.IMAGE: ("image", N_("{model} takes no pictures")),
    AttachmentKind.AUDIO: ("audio", N_("{model} takes no sounds")),
    AttachmentKind.PDF: ("file", N_("{model} takes no documents")),
}
_MOST_NAMED = 3


def refused_by(attachments: Sequence[Attachment], model: str, models: Sequence[ModelInfo]) -> str | None:
    """Return the sentence for files that a model does not take, with some of the others that do.

    None if it takes all, or if nobody tells what it takes.
    """
    takes = next((each.abilities.takes for each in models if each.id == model), None)
    media = [each.kind for each in attachments if not each.is_text and each.kind in _KINDS]
    if takes is None:
        return None
    needed = {_KINDS[kind][0] for kind in media}
    for kind in media:
        wanted, words = _KINDS[kind]
        if wanted in takes:
            continue
        able = [clean_line(each.id, 60) for each in models if needed <= (each.abilities.takes or set())]
        sentence = _(words).format(model=clean_line(model, 60))
        if not able:
            return sentence
        names = ", ".join(able[:_MOST_NAMED]) + ("…" if len(able) > _MOST_NAMED else "")
        return _("{sentence}; these do: {models}").format(sentence=sentence, models=names)
    return None
