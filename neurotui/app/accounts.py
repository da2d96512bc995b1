"""The profiles of the settings as servers, and how a new one is made of what the user typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from neurotui.api.endpoint import DEFAULT_BASE_URL, normalise_base_url
from neurotui.app.servers import Keep, endpoint_of, server_of
from neurotui.app.services import Server
from neurotui.errors import BadBaseURL
from neurotui.settings import api_keys as keys
from neurotui.settings.api_keys import KeyPlace
from neurotui.settings.config import DEFAULT_PROFILE
from neurotui.settings.credentials import Credentials, resolve
from neurotui.settings.file import SettingsFile


class ConfiguredAccounts:
    """The accounts in a settings file and a file of keys; the keyring is used where it is asked for."""

    def __init__(
        self,
        file: SettingsFile,
        environ: Mapping[str, str],
        key_file: Path | None,
        keep: Keep | None = None,
    ) -> None:
        """`keep` takes what is recorded."""
        self._file = file
        self._environ = environ
        self._key_file = key_file
        self._keep = keep

    def profiles(self) -> Sequence[str]:
        """The names of those there are, that of NeuroAPI first."""
        return list(dict.fromkeys([DEFAULT_PROFILE, *self._file.settings.profiles]))

    def server(self, profile: str) -> Server:
        """The server of a profile. Raises ConfigurationError."""
        return server_of(self._stored(profile), self._keep)

    def draft(self, base_url: str, key: str) -> Server:
        """A server by what was typed, to be tried. Raises BadBaseURL or BadKey."""
        profiles = self._file.settings.profiles.values()
        same = (profile.headers for profile in profiles if profile.base_url.strip() == base_url.strip())
        return server_of(Credentials(base_url, key=key, headers=next(same, {})))

    def keep(self, profile: str, base_url: str, key: str, place: KeyPlace, model: str) -> Server:
        """Makes a profile of what was tried, and the one in use; the settings are not saved by it.

        An empty key or model leaves the old one. Raises ConfigurationError. Blocks.
        """
        endpoint = endpoint_of(Credentials(base_url, key=key))
        if endpoint.key is not None:
            keys.keep(self._file, self._key_file, profile, endpoint.key.reveal(), place)
        url = (
            None
            if profile == DEFAULT_PROFILE and endpoint.base_url == DEFAULT_BASE_URL
            else endpoint.base_url
        )
        self._forget_headers(profile, endpoint.base_url)
        self._file.change(("profiles", profile, "base_url"), url)
        if model:
            self._file.change(("profiles", profile, "model"), model)
        self._file.change(("profile",), profile)
        if place is KeyPlace.NOWHERE and key:
            return server_of(
                replace(self._stored(profile), key=key, key_source="", fetch_key=None), self._keep
            )
        return self.server(profile)

    def _forget_headers(self, profile: str, base_url: str) -> None:
        """Take the headers off a profile that is given the address of another server."""
        stored = self._file.settings.profiles.get(profile)
        if stored is None or not stored.headers:
            return
        with suppress(BadBaseURL):
            if (
                urlsplit(normalise_base_url(stored.base_url or DEFAULT_BASE_URL))[:2]
                == urlsplit(base_url)[:2]
            ):
                return
        self._file.change(("profiles", profile, "headers"), None)

    def _stored(self, profile: str) -> Credentials:
        return resolve(self._environ, self._file.settings, profile=profile, key_file=self._key_file)
