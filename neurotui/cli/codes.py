"""Exit codes of commands that talk to a server."""

from __future__ import annotations

from collections.abc import Collection

from neurotui.chat.conversation import Status
from neurotui.cli.exit_codes import (
    EXIT_BALANCE,
    EXIT_CUT,
    EXIT_FAILED,
    EXIT_KEY,
    EXIT_SCHEMA,
    EXIT_STOPPED,
    EXIT_USAGE,
)
from neurotui.errors import (
    BadKey,
    BalanceExhausted,
    BudgetReached,
    ConfigurationError,
    HeadTimeout,
    KeyMissing,
    KeyRefused,
    NeurotuiError,
    NotCompared,
    PasswordRefused,
    RecordingUnusable,
    SilenceTimeout,
    WorkStopped,
)

_WORST_FIRST = (EXIT_KEY, EXIT_BALANCE, EXIT_USAGE, EXIT_FAILED, EXIT_SCHEMA, EXIT_CUT, EXIT_STOPPED)


def of_several(found: Collection[int]) -> int:
    """Return the exit code for several answers: 0 if each has 0, else the worst."""
    return next((code for code in _WORST_FIRST if code in found), 0)


def of_answer(status: Status, error: NeurotuiError | None) -> int:
    """Return the exit code for an answer with this status and error."""
    match status:
        case Status.COMPLETE:
            return 0
        case Status.STOPPED:
            return EXIT_BALANCE if isinstance(error, BudgetReached) else EXIT_STOPPED
        case Status.CUT | Status.LENGTH | Status.FILTERED:
            code = of_error(error)
            return code if code in (EXIT_KEY, EXIT_BALANCE) else EXIT_CUT
        case _:
            return of_error(error)


def of_error(error: NeurotuiError | None) -> int:
    """Return the exit code for a command that failed with `error`."""
    match error:
        case WorkStopped():
            return EXIT_STOPPED
        case KeyRefused() | PasswordRefused() | KeyMissing() | BadKey():
            return EXIT_KEY
        case BalanceExhausted() | BudgetReached():
            return EXIT_BALANCE
        case SilenceTimeout() | HeadTimeout():
            return EXIT_CUT
        case ConfigurationError() | RecordingUnusable() | NotCompared():
            return EXIT_USAGE
        case _:
            return EXIT_FAILED
