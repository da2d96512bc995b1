"""Work beside the event loop that nobody waits for at the end.

The threads of the loop's own executor are joined at exit: a resolver that gets no answer, or a command that
waits for its user, would hold up a quitting program for as long as it likes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def on_daemon_thread(work: Callable[[], Result], name: str) -> asyncio.Future[Result]:
    """The result of `work`, which begins at once, or what it raises.

    Cancelled, it goes on unheard, and ends with the program.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except Exception as reason:  # noqa: BLE001 - it is raised where the result is awaited
            outcome.set_exception(reason)

    threading.Thread(target=run, name=name, daemon=True).start()
    return asyncio.shield(asyncio.wrap_future(outcome))
