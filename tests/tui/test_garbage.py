"""Full collections look at what is new alone; cycles in what is old are found when nobody types."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path
from weakref import ReferenceType, ref

import pytest

from neurotui.tui.garbage import Garbage
from tests.tui.chatting import chatting


class Cycle:
    """An object that only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _nothing_set_aside() -> Iterator[None]:
    gc.collect()
    gc.disable()  # only the tests collect
    yield
    gc.enable()
    gc.unfreeze()


def survived() -> tuple[list[Cycle], ReferenceType[Cycle]]:
    """Return a cycle that has survived a full collection, and how to see whether it is there."""
    kept = [Cycle()]
    gc.collect()
    return kept, ref(kept[0])


async def test_what_has_survived_is_not_looked_at_again() -> None:
    garbage = Garbage(lambda: False)
    garbage.begin()
    try:
        before = gc.get_freeze_count()
        kept, there = survived()
        assert gc.get_freeze_count() > before
        kept.clear()
        fresh = ref(Cycle())
        gc.collect()
        assert fresh() is None
        assert there() is not None, "the old objects were looked at"
        garbage.collect_all()
        assert there() is None
    finally:
        garbage.end()
    assert gc.get_freeze_count() == 0


async def test_cycles_among_the_old_are_found_in_a_quiet_moment() -> None:
    busy = True
    asked = asyncio.Event()

    def is_busy() -> bool:
        asked.set()
        return busy

    garbage = Garbage(is_busy, every=2, quiet=0.01)
    garbage.begin()
    try:
        kept, there = survived()
        kept.clear()
        gc.collect()  # the second
        async with asyncio.timeout(30):
            await asked.wait()
            assert there() is not None
            busy = False
            while there() is not None:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)
    finally:
        garbage.end()


async def test_a_key_puts_it_off() -> None:
    garbage = Garbage(lambda: False, every=1, quiet=3600)
    garbage.begin()
    try:
        garbage.typed()
        kept, there = survived()
        kept.clear()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gc.collect()
        assert there() is not None
    finally:
        garbage.end()


async def test_the_chat_sets_aside_as_long_as_it_runs(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.until(gc.isenabled)  # all is loaded
        gc.disable()
        kept, there = survived()
        kept.clear()
        gc.collect()
        assert there() is not None
    gc.collect()
    assert there() is None
