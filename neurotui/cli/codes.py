"""Exit codes of commands that talk to a server."""

from __future__ import annotations

from neurotui.chat.conversation import Status
from neurotui.cli.exit_codes import (
    EXIT_BALANCE,
    EXIT_CUT,
    EXIT_FAILED,
    EXIT_KEY,
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
    PasswordRefused,
    RecordingUnusable,
    SilenceTimeout,
    WorkStopped,
)


def of_answer(status: Status, error: NeurotuiError | None) -> int:
    """Return the exit code for an answer with this status and error."""
    match status:
        case Status.COMPLETE:
            return 0
        case Status.STOPPED:
            return EXIT_STOPPED
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
        case ConfigurationError() | RecordingUnusable():
            return EXIT_USAGE
        case _:
            return EXIT_FAILED
