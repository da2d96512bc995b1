"""What is raised where nobody sees it: in a worker that does not end the app, in a callback, in a task."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual.worker import Worker, WorkerState


@contextmanager
def nothing_raised(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Raise in the end what a worker, a callback or a task has raised, or what was logged as an error."""
    found: list[BaseException] = []
    run = Worker._run

    async def noted(worker: Worker[Any], app: Any) -> None:
        await run(worker, app)
        if worker.state is WorkerState.ERROR and worker.error is not None:
            found.append(worker.error)

    class Errors(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            found.append(error or AssertionError(record.getMessage()))

    monkeypatch.setattr(Worker, "_run", noted)
    errors = Errors(logging.ERROR)  # asyncio logs there what nobody awaits
    logging.getLogger().addHandler(errors)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(errors)
    if found:
        raise ExceptionGroup("raised", [each for each in found if isinstance(each, Exception)])
