"""Promises about time, measured as benchmarks do: the program is judged by its best of a few attempts.

    @measured
    async def test_a_stop_is_quick() -> None:
        …
        in_time(closed_at - stopped_at, 0.2)

A busy machine makes some of the attempts late, a slow program all of them. Only lateness is tried again:
whatever else fails, fails at once. No other test runs meanwhile.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar, cast

import pytest

ATTEMPTS = 8

Arguments = ParamSpec("Arguments")
Outcome = TypeVar("Outcome")


class Late(AssertionError):
    """Something took longer than was promised."""


def in_time(seconds: float, limit: float) -> None:
    """Raise `Late` where `seconds` reach `limit`."""
    if seconds >= limit:
        raise Late(f"{seconds:.3f} s instead of less than {limit:.3f} s")


def measured(test: Callable[Arguments, Outcome]) -> Callable[Arguments, Outcome]:
    """Repeat `test`, a function or a coroutine function, while it is late, up to `ATTEMPTS` times."""

    @functools.wraps(test)
    def attempts(*arguments: Arguments.args, **named: Arguments.kwargs) -> Outcome:
        for _ in range(ATTEMPTS - 1):
            with contextlib.suppress(Late):
                return test(*arguments, **named)
        return test(*arguments, **named)

    @functools.wraps(test)
    async def async_attempts(*arguments: Arguments.args, **named: Arguments.kwargs) -> Any:
        for _ in range(ATTEMPTS - 1):
            with contextlib.suppress(Late):
                return await cast("Callable[Arguments, Awaitable[Any]]", test)(*arguments, **named)
        return await cast("Callable[Arguments, Awaitable[Any]]", test)(*arguments, **named)

    chosen = async_attempts if inspect.iscoroutinefunction(test) else attempts
    return cast("Callable[Arguments, Outcome]", pytest.mark.alone(chosen))
