"""`neurotui key`: set the API key of a profile, show where it comes from, remove it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from getpass import getpass

from neurotui.api.endpoint import LONGEST_KEY, clean_key
from neurotui.app.endpoints import endpoint_with_key
from neurotui.chat.text import clean_line
from neurotui.cli.exit_codes import EXIT_FAILED, EXIT_STOPPED
from neurotui.cli.output import say
from neurotui.cli.piped import decoded, read_input
from neurotui.errors import KeyMissing, NeurotuiError
from neurotui.i18n import _
from neurotui.settings import api_keys
from neurotui.settings.api_keys import KeyPlace
from neurotui.settings.credentials import Credentials, resolve
from neurotui.settings.file import SettingsFile


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the command; return the exit code."""
    file: SettingsFile = options.settings
    profile: str = options.profile or file.settings.active_profile

    def found() -> Credentials:
        return resolve(environ, file.settings, profile=options.profile, key_file=api_keys.key_file())

    try:
        found()  # raises if there is no such profile
        match options.what:
            case "set":
                key = clean_key(_asked(profile)).reveal()
                place = KeyPlace.KEYRING if options.keyring else KeyPlace.FILE
                api_keys.keep(file, api_keys.key_file(), profile, key, place)
                file.save()
                print(_shown(found()))
            case "remove":
                api_keys.keep(file, api_keys.key_file(), profile, "", KeyPlace.NOWHERE)
                file.save()
                print(_("No key is kept for {name} any more").format(name=profile))
            case _:
                print(_shown(found()))
    except NeurotuiError as error:
        say(str(error))
        return EXIT_FAILED
    except (KeyboardInterrupt, EOFError):
        print(file=sys.stderr)
        return EXIT_STOPPED
    return 0


def _shown(credentials: Credentials) -> str:
    """Say which key goes to which server and where it comes from. Raises KeyMissing or a fetching error."""
    endpoint = endpoint_with_key(credentials)
    if endpoint.key is None:
        raise KeyMissing()
    ends_in = _("{server}: the key that ends in {end}, from {source}")
    words = ends_in if endpoint.key.last4 else _("{server}: a key, from {source}")
    return words.format(server=endpoint.base_url, end=endpoint.key, source=clean_line(endpoint.key_source))


def _asked(profile: str) -> str:
    """Return the key: typed without being shown, or read from a pipe."""
    if not sys.stdin.isatty():
        return decoded(read_input(4 * LONGEST_KEY, one_line=True)).partition("\n")[0]
    return getpass(_("API key for {name} (it is not shown): ").format(name=profile))
