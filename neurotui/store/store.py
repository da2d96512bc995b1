"""The parts of the store, put together for a program that chats."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from neurotui.errors import StoreError
from neurotui.store.blobs import BlobStore
from neurotui.store.database import FILE_NAME as FILE_NAME
from neurotui.store.database import Database
from neurotui.store.instances import Instances
from neurotui.store.journal import Journal
from neurotui.store.learnt import Learnt
from neurotui.store.library import Library
from neurotui.store.money.prices import PriceTable
from neurotui.store.money.spending import Spending
from neurotui.store.timings import DEFAULT_TIMINGS, Timings
from neurotui.store.watch import UNWATCHED, Watch


class Store:
    """Everything stored in one folder, None for a folder that is not known. Opening it never raises."""

    def __init__(
        self, folder: Path | None, watch: Watch = UNWATCHED, timings: Timings = DEFAULT_TIMINGS
    ) -> None:
        path = folder / FILE_NAME if folder else None
        self._instances = Instances(folder)
        # Two connections, so that a long export never holds up a question.
        self._writing, self._reading = (Database(path, watch, timings) for _ in range(2))
        self.blobs = BlobStore(folder, self._instances.register)
        self.journal = Journal(self._writing, self._instances, timings, self.blobs)
        instances = self._instances
        self.library = Library(
            self._reading,
            instances.lives,
            instances.opened,
            instances.open_elsewhere,
            instances.name,
            self.blobs,
            instances.oldest_start,
        )
        self.learnt = Learnt(self._reading)
        self.prices = PriceTable(self._reading)
        self.spending = Spending(self._writing, self._instances, self._reading)

    @cached_property
    def trouble(self) -> StoreError | None:
        """The reason why nothing can be saved, or None. Connects when it is first asked, and blocks then."""
        try:
            self._writing.connect()
        except StoreError as error:
            return error
        return self._writing.refusal

    def watch(self, watch: Watch) -> None:
        """Show another watch how far it is when the file is brought up to date, or rescued."""
        self._writing.watch = self._reading.watch = watch

    @property
    def notice(self) -> StoreError | None:
        """Tells of a damaged file that was set aside; None where none was."""
        return self._writing.notice or self._reading.notice

    def close(self) -> None:
        """End what `aclose` of the journal does not."""
        self._reading.close()
        self._instances.close()

    async def aclose(self) -> None:
        """Write what is left, if that can be done now, and close the file."""
        await self.journal.aclose()
        self.close()
