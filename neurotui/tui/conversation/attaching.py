"""Files on their way into the input: each is a chip at once, and is read beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from textual.widgets.text_area import Location

from neurotui.app.attachments.attachment_text import attachment_label, remarks
from neurotui.app.attachments.chips import Chip
from neurotui.chat.attachments import Attachment
from neurotui.chat.token_rates import TokenRates
from neurotui.errors import NeurotuiError
from neurotui.i18n import _
from neurotui.tui.widgets.folding_text_area import FoldingTextArea, pasted
from neurotui.wire.price import Price

AT_ONCE = 2
"""So many files are read at the same time."""
LONG_PASTE = 10_000
"""A paste of so many bytes is an attachment."""
MANY_LINES = 200
"""A paste of so many lines is an attachment."""
LONGEST_PATHS = 8_000
"""In a longer paste no paths are looked for (characters)."""

Read = Callable[[], Attachment]
"""Reads a file and keeps its bytes. Blocking; raises NeurotuiError."""


class Files(Protocol):
    """What the input needs of its surroundings. `file`, `paste` and `picture` return at once."""

    def file(self, path: Path) -> Read:
        """Return the way to read a file."""

    def paste(self, text: str) -> Read:
        """Return the way to keep a text that was pasted."""

    def picture(self, data: bytes) -> Read:
        """Return the way to keep a picture that was pasted."""

    def tell(self, error: NeurotuiError) -> None:
        """Tell why something cannot be attached."""

    def say(self, text: str) -> None:
        """Say what is to be known of a file."""

    def show(self, attachment: Attachment) -> None:
        """Show a file."""

    def price(self) -> Price | None:
        """Return what the model costs; None if it is not known."""

    def rates(self) -> TokenRates | None:
        """Return what was learnt of how the model counts; None if that is not known."""

    def ask_clipboard(self) -> None:
        """Put what the clipboard of the system holds into the input."""


class Attaching:
    """The chips of an input whose files are being read."""

    def __init__(self, composer: FoldingTextArea, files: Files) -> None:
        self._composer = composer
        self.files = files
        self._reading: dict[Chip, asyncio.Future[None]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def take_paste(self, text: str) -> bool:
        """Put chips into the input if a paste names files, or is large; otherwise return False.

        The argument of a command is a text.
        """
        from neurotui.app.attachments.attaching import paths_in

        composer = self._composer
        may_name = len(text) <= LONGEST_PATHS and not composer.text.startswith("/")
        if may_name and (paths := await asyncio.to_thread(paths_in, text)):
            self.add_paths(paths)
            return True
        if text.count("\n") + text.count("\r") + 1 < MANY_LINES and len(text) * 4 < LONG_PASTE:
            return False
        text = await pasted(text)
        if text.count("\n") + 1 < MANY_LINES and len(text.encode()) < LONG_PASTE:
            return False
        self.add([(_("paste"), self.files.paste(text))])
        return True

    def add_paths(
        self, paths: Iterable[Path], start: Location | None = None, end: Location | None = None
    ) -> None:
        """Put the chips of files in the place of a part of the text, by default of what is selected."""
        self.add([(path.name or str(path), self.files.file(path)) for path in paths], start, end)

    def add(
        self,
        files: Iterable[tuple[str, Read]],
        start: Location | None = None,
        end: Location | None = None,
    ) -> None:
        """Put chips in the place of a part of the text, and read their files, each with its name."""
        composer = self._composer
        if start is None or end is None:
            start, end = sorted(composer.selection)
        chips = [(composer.chips.begin(name), read) for name, read in files]
        row, column = start
        before = " " if column and not composer.document.get_line(row)[column - 1].isspace() else ""
        row, column = end
        after = "" if composer.document.get_line(row)[column : column + 1].isspace() else " "
        signs = before + " ".join(chip.sign for chip, _read in chips) + after
        composer.replace(signs, start, end, maintain_selection_offset=False)
        for chip, read in chips:
            self.read(chip, read)

    def add_picture(self, data: bytes) -> None:
        """Put the chip of a picture in the place of what is selected."""
        self.add([("picture.png", self.files.picture(data))])

    def again(self, chip: Chip) -> None:
        """Read the file of a chip once more."""
        if chip.attachment is not None:
            self.read(chip, self.files.file(Path(chip.attachment.facts.path)))

    def read(self, chip: Chip, read: Read) -> None:
        """Read the file of a chip, for the first time or again."""
        done = self._reading[chip] = asyncio.get_running_loop().create_future()
        self._composer.run_worker(self._read(chip, read, done), group="attach", exit_on_error=False)

    async def label_again(self) -> None:
        """Put chips whose labels are of another model, or of a price of before, into new words."""
        composer, price, rates = self._composer, self.files.price(), self.files.rates()
        for chip in composer.chips.within(composer.text):
            attachment, former = chip.attachment, chip.sign
            if attachment is None or chip in self._reading:
                continue
            label = await asyncio.to_thread(attachment_label, attachment, price, rates)
            is_same = former == f"[{label}]" or former.startswith(f"[{label} (")
            if is_same or chip.attachment is not attachment or chip.sign != former:
                continue
            composer.chips.fill(chip, attachment, label)
            if chip.sign != former:
                composer.rename(former, chip.sign)

    async def settled(self, chips: Sequence[Chip]) -> bool:
        """Wait until chips were read; return False if one of them could not be."""
        waiting = [self._reading[chip] for chip in chips if chip in self._reading]
        if waiting:
            await asyncio.wait(waiting)
        return all(chip.attachment is not None for chip in chips)

    async def _read(self, chip: Chip, read: Read, done: asyncio.Future[None]) -> None:
        former = chip.sign
        try:
            async with self._turns:
                attachment, label, told = await asyncio.to_thread(
                    _with_words, read, self.files.price(), self.files.rates()
                )
        except NeurotuiError as error:
            if chip.attachment is None:
                chip.sign = ""
                self._composer.rename(f"{former} ", "")
                self._composer.rename(former, "")
            self.files.tell(error)
        else:
            self._composer.chips.fill(chip, attachment, label)
            if chip.sign != former:
                self._composer.rename(former, chip.sign)
            for remark in told:
                self.files.say(remark)
        finally:
            self._reading.pop(chip, None)
            if not done.done():
                done.set_result(None)


def _with_words(
    read: Read, price: Price | None, rates: TokenRates | None
) -> tuple[Attachment, str, list[str]]:
    """Read a file; return it with its label and what is to be known of it. Blocking."""
    attachment = read()
    return attachment, attachment_label(attachment, price, rates), remarks(attachment)
