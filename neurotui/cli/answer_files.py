"""The files of answers: written to the folder of `--output`, named on standard error and in JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurotui.chat.attachments import Attachment, Blobs
from neurotui.chat.conversation import Message
from neurotui.cli.output import printable
from neurotui.errors import NeurotuiError, OutputUnusable, StoreError
from neurotui.i18n import _
from neurotui.i18n.reasons import reason_of

if TYPE_CHECKING:
    import argparse


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file of an answer."""

    attachment: Attachment
    name: str
    """The name under which it is written."""
    path: Path | None = None
    """Where it was written; None if it was not."""
    trouble: NeurotuiError | None = None
    """Why it could not be written."""

    @property
    def as_json(self) -> dict[str, Any]:
        """As `--json` names it."""
        return {
            "name": self.name,
            "media_type": self.attachment.media_type,
            "size": self.attachment.blob.size,
            "sha256": self.attachment.blob.digest,
            "path": str(self.path) if self.path is not None else None,
        }

    @property
    def note(self) -> str:
        """One line about it."""
        from neurotui.app.things import file_label

        label = file_label(self.attachment)
        if self.path is not None:
            return _("{file}: saved as {path}").format(file=label, path=printable(str(self.path)))
        if self.trouble is not None:
            return f"{label}: {self.trouble}"
        return _("{file} came with the answer; --output FOLDER saves it").format(file=label)


def files_of(message: Message) -> list[AnswerFile]:
    """Return the files of an answer, which are not written."""
    from neurotui.chat.received import file_name

    return [AnswerFile(each, file_name(each, n)) for n, each in enumerate(message.attachments, 1)]


def write_files(message: Message, blobs: Blobs, folder: Path | None) -> list[AnswerFile]:
    """Write the files of an answer into a folder, if there is one; files that are there are left alone."""
    found = files_of(message)
    return found if folder is None else list(_written(found, blobs, folder))


def _written(files: Sequence[AnswerFile], blobs: Blobs, folder: Path) -> Iterator[AnswerFile]:
    from neurotui.app.opening import save_file

    for number, file in enumerate(files, 1):
        try:
            path = save_file(file.attachment, number, blobs, folder)
        except StoreError as error:
            yield AnswerFile(file.attachment, file.name, trouble=error)
        else:
            yield AnswerFile(file.attachment, path.name, path.absolute())


def output_folder(options: argparse.Namespace) -> Path | None:
    """Return the folder of `--output`, made if it was not there; None if none was named.

    Raises OutputUnusable, before anything is asked.
    """
    named = getattr(options, "output", None)
    if named is None:
        return None
    folder = Path(named).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputUnusable(reason_of(error), path=printable(str(folder))) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputUnusable(_("nothing may be written there"), path=printable(str(folder)))
    return folder
