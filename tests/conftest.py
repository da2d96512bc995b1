"""What all tests share: `--slow` runs the long ones too, and starts each program on its own; with `-n` those
about time still run alone.

With `NEUROTUI_COMPAT=off` in the environment all that the tests start runs without textual's and httpcore's
private names.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from neurotui import i18n
from tests import fork_server
from tests.waiting import Waiting

WAITING = pytest.StashKey[Waiting]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow, too")


def pytest_configure(config: pytest.Config) -> None:
    # Whatever terminal the tests are run in: for one of few colours every strip is filtered twice.
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    os.environ.pop("NO_COLOR", None)
    if config.getoption("--slow"):
        os.environ[fork_server.VARIABLE] = "off"
    config.stash[WAITING] = Waiting()
    config.pluginmanager.register(config.stash[WAITING])


def pytest_unconfigure() -> None:
    fork_server.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = {}
    if not config.getoption("--slow"):
        left_out["slow"] = "long; run with --slow"
    if os.environ.get("NEUROTUI_COMPAT") == "off":
        left_out["compat"] = "needs private names, which NEUROTUI_COMPAT=off forbids"
    for item in items:
        if "slow" in left_out and not is_sampled(item):
            item.add_marker("slow")
        for mark, reason in left_out.items():
            if mark in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))


def is_sampled(item: pytest.Item) -> bool:
    """False for what `@pytest.mark.sample(…)` leaves to --slow: of a product, those are taken in turn.

    Each combination of all others is run once; a value is left out only where there are more than those.
    """
    turning = {name for mark in item.iter_markers("sample") for name in mark.args}
    if not turning or not isinstance(item, pytest.Function):
        return True
    rank, places = 0, {}
    for mark in item.iter_markers("parametrize"):
        names = mark.args[0].replace(" ", "").split(",") if isinstance(mark.args[0], str) else mark.args[0]
        mine = [item.callspec.params[name] for name in names]
        all_ = [getattr(each, "values", each if len(names) > 1 else [each]) for each in mark.args[1]]
        place = next(at for at, values in enumerate(all_) if list(values) == mine)
        if names[0] in turning:
            places[place] = len(all_)
        else:
            rank += place
    return all(place == rank % count for place, count in places.items())


def pytest_collection_finish() -> None:
    gc.freeze()  # five thousand tests need not be looked through again and again
    gc.set_threshold(20_000)  # nor every screen that a test has left, by the time it can go


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Leaves no test in the language of the one before."""
    yield
    if i18n.language() != "en":
        i18n.use("en")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with _turn(is_alone="alone" in item.keywords), item.config.stash[WAITING].measured(item.location[0]):
        return (yield)


@contextmanager
def _turn(*, is_alone: bool) -> Iterator[None]:
    """Several processes may run tests; while one runs a test marked alone, the others wait.

    They queue for the lock at a gate: else those that share it would be let in before one that waits to be
    alone, again and again.
    """
    with ExitStack() as stack:
        if sys.platform != "win32":
            import fcntl

            lock = stack.enter_context(Path(__file__).open())
            with Path(__file__).with_name("__init__.py").open() as gate:
                fcntl.flock(gate, fcntl.LOCK_EX)
                fcntl.flock(lock, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
        yield
