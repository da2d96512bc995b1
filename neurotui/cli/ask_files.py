"""Files of a question: those that `-f` names, and standard input; what is said before anything leaves."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neurotui.app.participants import Contender
from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs, Draft
from neurotui.cli.output import say
from neurotui.cli.piped import read_input
from neurotui.errors import AttachmentUnusable, WorkStopped
from neurotui.i18n import _

STANDARD_INPUT = "-"
_NAME = "stdin"
"""The name that standard input has as a file."""
_YES = {"y", "yes", "д", "да"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the command line gives it, its files not read yet."""

    text: str
    files: tuple[str, ...] = ()
    piped: bytes | None = None
    """Standard input, if it is one of the files."""

    async def draft(self, blobs: Blobs, asked: Sequence[Contender]) -> Draft:
        """Return the question with its files. Raises what `attached` raises."""
        return Draft(self.text, await attached(self.files, self.piped, blobs, asked))


def piped_file(files: Sequence[str], words: Sequence[str]) -> bytes | None:
    """Return standard input, if it is one of the files. Raises AttachmentUnusable."""
    if STANDARD_INPUT not in files:
        return None
    if files.count(STANDARD_INPUT) > 1 or list(words[-1:]) == [STANDARD_INPUT]:
        raise AttachmentUnusable(_("Standard input can be read only once"), name=STANDARD_INPUT)
    from neurotui.app.attachments.files import MOST, kind_of

    head = read_input(MOST[AttachmentKind.TEXT] + 1)
    # What is more than may be attached of its kind is not read: a byte too much tells.
    more = MOST[kind_of(head)] - MOST[AttachmentKind.TEXT] if len(head) > MOST[AttachmentKind.TEXT] else 0
    return head + sys.stdin.buffer.read(more) if more > 0 else head


async def attached(
    files: Sequence[str], piped: bytes | None, blobs: Blobs, asked: Sequence[Contender]
) -> tuple[Attachment, ...]:
    """Return the files for those who are asked, and say what is to be known of them.

    Raises AttachmentUnusable, StoreError, and WorkStopped if they are not to be sent.
    """
    if not files:
        return ()
    from neurotui.app.attachments.attaching import refused_by, secrets_in
    from neurotui.app.attachments.attachment_text import remarks

    takes = await _taken(asked) if await asyncio.to_thread(_are_media, files, piped) else None
    made = [await asyncio.to_thread(_attach, name, piped, blobs, takes) for name in files]
    for each in made:
        for remark in remarks(each):
            say(remark)
    doubts = [secret for each in made if (secret := secrets_in(each))]
    doubts += [
        refusal
        for each in asked
        if (refusal := refused_by(made, each.model, each.account.models or ())) is not None
    ]
    for doubt in doubts:
        say(doubt)
    if doubts and sys.stdin.isatty() and sys.stderr.isatty() and not await confirmed():
        raise WorkStopped
    return tuple(made)


def _are_media(files: Sequence[str], piped: bytes | None) -> bool:
    """True if it matters what a model takes: a text is taken by all."""
    from neurotui.app.attachments.files import kind_at, kind_of

    kinds = (kind_of(piped or b"") if name == STANDARD_INPUT else kind_at(Path(name)) for name in files)
    return any(kind is not AttachmentKind.TEXT for kind in kinds)


async def _taken(asked: Sequence[Contender]) -> frozenset[str] | None:
    """Return what all models take; None if one of their servers does not tell."""
    accounts = {each.account for each in asked}
    await asyncio.gather(*(account.learn_abilities() for account in accounts))
    taken = [each.account.takes(each.model) for each in asked]
    known = [each for each in taken if each is not None]
    return frozenset.intersection(*known) if len(known) == len(taken) else None


def _attach(name: str, piped: bytes | None, blobs: Blobs, takes: frozenset[str] | None) -> Attachment:
    from neurotui.app.attachments.files import attach, attach_bytes

    if name == STANDARD_INPUT:
        return attach_bytes(_NAME, piped or b"", blobs, takes=takes)
    return attach(Path(name), blobs, takes=takes)


async def confirmed() -> bool:
    """Return True if the user agrees to what was said."""
    from neurotui.api.net.threads import on_daemon_thread

    print(_("Send it all the same? [y/N]"), end=" ", file=sys.stderr, flush=True)
    typed = await on_daemon_thread(
        sys.stdin.readline, "confirmation"
    )  # so that Ctrl+C need not wait for Enter
    return typed.strip().lower() in _YES
