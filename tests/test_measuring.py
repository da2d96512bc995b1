"""Lateness is tried again, a few times; nothing else is."""

from __future__ import annotations

import pytest

from tests.measuring import ATTEMPTS, Late, in_time, measured


def test_it_is_the_best_attempt_that_counts() -> None:
    seconds = iter([3.0, 1.0, 0.5])

    @measured
    def test() -> None:
        in_time(next(seconds), 1.0)

    test()
    assert list(seconds) == []


async def test_what_is_always_late_fails() -> None:
    attempts = []

    @measured
    async def test() -> None:
        attempts.append(1)
        in_time(1.0, 1.0)

    with pytest.raises(Late, match=r"1\.000 s"):
        await test()
    assert len(attempts) == ATTEMPTS


async def test_another_failure_is_not_tried_again() -> None:
    attempts = []

    @measured
    async def test() -> None:
        attempts.append(1)
        raise AssertionError("wrong")

    with pytest.raises(AssertionError, match="wrong"):
        await test()
    assert len(attempts) == 1
