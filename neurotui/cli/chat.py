"""The chat: put the parts together and run the interface."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Mapping
from functools import partial

from neurotui.app.accounts import Accounts, demo_account
from neurotui.app.participants import take_flags
from neurotui.app.services import Places, Services
from neurotui.cli.account import account_to_open, names_server, recording
from neurotui.cli.exit_codes import EXIT_PIPE_CLOSED, EXIT_STOPPED
from neurotui.cli.log import start_log
from neurotui.cli.output import is_plain, why_not_drawn
from neurotui.cli.watch import TerminalWatch
from neurotui.errors import ConfigurationError, KeyMissing, RecordingUnusable, StoreError, WorkStopped
from neurotui.i18n import _
from neurotui.settings.api_keys import key_file
from neurotui.settings.file import SettingsFile
from neurotui.settings.places import data_dir, exports_dir, state_dir
from neurotui.store.store import Store

EXIT_USAGE = 2
TURN = 0.001
"""Seconds after which a thread that computes lets another have its turn: a key comes while much is loaded."""


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Open the chat; return the exit code."""
    plain = wants_plain(options, environ)
    if not plain and (redirected := _redirected()):
        return _refuse(
            _(
                "the chat needs a terminal, but this is redirected: {streams}. With --plain it needs none"
            ).format(streams=", ".join(redirected))
        )
    if not plain and (reason := why_not_drawn()):
        return _refuse(reason)
    file: SettingsFile = options.settings
    try:
        record = recording(options)
        keep = record.append if record else None
        server = account_to_open(options, environ, keep)
        if record is not None:
            record.create()
    except (ConfigurationError, RecordingUnusable) as error:
        return _refuse(str(error))

    places = Places(exports_dir(), data_dir(), state_dir())
    start_log(places.state)
    store = Store(places.data, TerminalWatch())
    conversation = None
    if options.go_on:
        try:
            conversation = store.library.latest()
        except WorkStopped:
            return EXIT_STOPPED
        except StoreError as error:
            store.trouble = error
    if conversation is not None:
        take_flags(conversation, server, server=names_server(options), model=options.model or "")

    # A server that a flag or a variable names is no first run, even without a key.
    nothing_configured = (
        isinstance(server.trouble, KeyMissing) and bool(server.profile) and not file.settings.profiles
    )
    services = Services(
        server,
        partial(demo_account, keep=keep),
        store,
        places,
        Accounts(file, environ, key_file(), keep),
        file,
        first_run=nothing_configured and conversation is None,  # it would hide what -c is to open
        conversation=conversation,
        server_flag=names_server(options),
        model_flag=options.model or "",
    )
    code = _talk(services) if plain else _draw(services)
    if record is not None and record.trouble is not None:
        print(f"neurotui: {record.trouble}", file=sys.stderr)
    return code


def wants_plain(options: argparse.Namespace, environ: Mapping[str, str]) -> bool:
    """Return True if the linear face is wanted, or the terminal can show no other."""
    file: SettingsFile = options.settings
    return options.plain or file.settings.plain or is_plain(environ)


def _draw(services: Services) -> int:
    sys.setswitchinterval(TURN)
    gc.disable()  # until all is loaded: there is hardly any garbage, and the search delays the first key
    try:
        from neurotui.tui.app import NeurotuiApp

        app = NeurotuiApp(services)
        app.run(mouse=services.settings.settings.mouse)
    finally:
        gc.enable()
    return app.return_code or 0


def _talk(services: Services) -> int:
    """Run the linear face; the exit code from a pipe is that of `ask` for the last answer."""
    from neurotui.cli.codes import of_answer
    from neurotui.plain.main import run

    outcome = run(services)
    if outcome.is_unread:
        return EXIT_PIPE_CLOSED
    if outcome.signal:
        return 128 + outcome.signal
    return of_answer(*outcome.last) if outcome.last is not None and not sys.stdin.isatty() else 0


def _redirected() -> list[str]:
    """Return the names of the standard streams that are no terminal; the interface is drawn on stderr."""
    streams = {
        _("standard input"): sys.stdin,
        _("standard output"): sys.stdout,
        _("standard error"): sys.stderr,
    }
    return [name for name, stream in streams.items() if not stream.isatty()]


def _refuse(sentence: str) -> int:
    """Print why the chat does not open, on a stream that is seen: standard error may go to a file."""
    seen = sys.stdout if sys.stdout.isatty() and not sys.stderr.isatty() else sys.stderr
    print(f"neurotui: {sentence}", file=seen)
    return EXIT_USAGE
