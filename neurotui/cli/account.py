"""The account that flags, variables and settings name, and the file that turns are recorded in."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from neurotui.app.accounts import Account, Keep, account_of, demo_account, unusable_account
from neurotui.errors import BadBaseURL, BadKey
from neurotui.settings.api_keys import key_file
from neurotui.settings.credentials import KEY_VARIABLES, Credentials, resolve
from neurotui.settings.file import SettingsFile

if TYPE_CHECKING:
    from neurotui.api.recording.format import RecordingFile


def recording(options: argparse.Namespace) -> RecordingFile | None:
    """Return the file that the user wants turns to be recorded in; it is not made yet."""
    if options.record is None:
        return None
    from neurotui.api.recording.format import RecordingFile

    return RecordingFile(Path(options.record))


def chosen_account(
    options: argparse.Namespace, environ: Mapping[str, str], keep: Keep | None = None
) -> Account:
    """Make the account that flags, variables and settings name. Raises ConfigurationError.

    A missing key is its trouble.
    """
    if options.demo:
        return demo_account(options.model, keep)
    return account_of(_chosen(options, environ), keep)


def account_to_open(
    options: argparse.Namespace, environ: Mapping[str, str], keep: Keep | None = None
) -> Account:
    """As `chosen_account`, where what is kept can be corrected: so its fault is a trouble of the account."""
    if options.demo:
        return demo_account(options.model, keep)
    credentials = _chosen(options, environ)
    try:
        return account_of(credentials, keep)
    except BadBaseURL as error:
        if not credentials.profile:
            raise
        return unusable_account(credentials, error)
    except BadKey as error:
        if credentials.key_source in KEY_VARIABLES:
            raise
        return unusable_account(credentials, error)


def names_server(options: argparse.Namespace) -> bool:
    """True if a flag names the server."""
    return bool(options.demo or options.base_url or options.profile)


def _chosen(options: argparse.Namespace, environ: Mapping[str, str]) -> Credentials:
    file: SettingsFile = options.settings
    return resolve(
        environ,
        file.settings,
        base_url=options.base_url,
        model=options.model,
        profile=options.profile,
        key_file=key_file(),
    )
