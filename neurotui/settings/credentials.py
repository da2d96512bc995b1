"""The server, the key and the model: from flags, then from variables, then from the settings.

A key goes to the server it was meant for and to no other, whatever the mixture: a stored key goes only to
the server of its profile, as the headers of a profile do, and a key in a variable named after NeuroAPI does
not go to another server that the settings name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from neurotui.errors import ConfigurationError, ProfileUnknown
from neurotui.i18n import _
from neurotui.settings.api_keys import read_file, read_keyring, run_command
from neurotui.settings.config import DEFAULT_PROFILE, Header, Profile, Settings

DEFAULT_MODEL = "gpt-5-mini"
NEUROAPI = "https://neuroapi.host"

KEY_VARIABLES = ("NEUROTUI_API_KEY", "NEUROAPI_API_KEY", "NEUROAPI_KEY", "NEURO_API_KEY")
BASE_URL_VARIABLES = ("NEUROTUI_BASE_URL", "NEUROAPI_BASE_URL")
MODEL_VARIABLES = ("NEUROTUI_MODEL", "NEUROAPI_MODEL")


@dataclass(frozen=True, slots=True)
class Credentials:
    """The server, the model and the key to use; all as the user wrote it, not yet checked."""

    base_url: str = ""
    """Empty for NeuroAPI's own."""
    model: str = DEFAULT_MODEL
    key: str = field(default="", repr=False)
    """Empty if there is none, or if `fetch_key` is still to get it."""
    key_source: str = ""
    """Name of the variable, path of the file or whatever else the key comes from."""
    fetch_key: Callable[[], str] | None = None
    """Gets a key that may take its time: call it on a thread. Raises ConfigurationError."""
    profile: str = ""
    """The profile whose server this is; empty if the server comes from elsewhere."""
    headers: Mapping[str, Header] = field(default_factory=dict, repr=False)
    """Headers of each request, by name."""


def resolve(
    environ: Mapping[str, str],
    settings: Settings | None = None,
    *,
    base_url: str | None = None,
    model: str | None = None,
    profile: str | None = None,
    key_file: Path | None = None,
) -> Credentials:
    """Return the credentials in force; `base_url`, `model` and `profile` are flags. Raises ProfileUnknown.

    A profile that was asked for by name overrides the variables, as every flag does.
    """
    settings = settings or Settings()
    name = profile or settings.active_profile
    if profile and profile not in settings.profiles and profile != DEFAULT_PROFILE:
        names = ", ".join(dict.fromkeys([DEFAULT_PROFILE, *settings.profiles]))
        raise ProfileUnknown(name=profile, names=names)
    stored = settings.profiles.get(name, Profile())
    variables: Mapping[str, str] = {} if profile else environ
    named_url = base_url or _first(variables, BASE_URL_VARIABLES)[1]
    foreign = not named_url and _server(stored.base_url) != NEUROAPI

    def of_own(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name.startswith("NEUROTUI_")) if foreign else names

    of_profile = not named_url or _server(named_url) == _server(stored.base_url)
    key_source, key = _first(variables, of_own(KEY_VARIABLES))
    fetch_key = None
    if not key and of_profile:
        key, key_source, fetch_key = _stored_key(name, stored, key_file)
    if profile and not key and fetch_key is None and _server(named_url or stored.base_url) == NEUROAPI:
        key_source, key = _first(environ, KEY_VARIABLES)
    model = model or _first(variables, of_own(MODEL_VARIABLES))[1] or stored.model or DEFAULT_MODEL
    return Credentials(
        named_url or stored.base_url,
        model,
        key,
        key_source,
        fetch_key,
        name if of_profile else "",
        stored.headers if of_profile else {},
    )


def _stored_key(
    name: str, profile: Profile, key_file: Path | None
) -> tuple[str, str, Callable[[], str] | None]:
    """Return a profile's key, its source, and a function that gets the key if that may take its time."""
    if profile.key_command:
        return "", profile.key_command, partial(run_command, profile.key_command)
    if profile.key == "keyring":
        return "", _("the system keyring"), partial(read_keyring, name)
    read = partial(read_file, key_file, name)
    try:
        key = read()
    except ConfigurationError:
        return "", str(key_file), read  # the first request will say what is wrong
    return key, str(key_file) if key else "", None


def _server(base_url: str) -> str:
    """Return the scheme and the host of an address, good enough to tell one server from another."""
    scheme, mark, rest = (base_url.strip().lower() or NEUROAPI).rpartition("://")
    return f"{scheme if mark else 'https'}://{rest.partition('/')[0]}"


def _first(environ: Mapping[str, str], variables: tuple[str, ...]) -> tuple[str, str]:
    """Return the name and the value of the first variable that is not blank; two empty strings for none."""
    for variable in variables:
        if value := environ.get(variable, "").strip():
            return variable, value
    return "", ""
