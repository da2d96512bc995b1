"""From credentials, as the user wrote them, to a checked endpoint with its key and its headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from neurotui.api.endpoint import DEFAULT_BASE_URL, Endpoint, Header, Secret, clean_key, normalise_base_url
from neurotui.errors import HeaderUnusable, KeyCommandFailed
from neurotui.settings.api_keys import run_command
from neurotui.settings.credentials import Credentials
from neurotui.settings.headers import clean_value, is_secret


def endpoint_of(credentials: Credentials) -> Endpoint:
    """Return the checked endpoint, without a key that takes its time. Raises BadBaseURL or BadKey."""
    return Endpoint(
        normalise_base_url(credentials.base_url or DEFAULT_BASE_URL),
        clean_key(credentials.key) if credentials.key else None,
        credentials.key_source,
    )


def endpoint_with_key(credentials: Credentials) -> Endpoint:
    """Return the checked endpoint, with a key and with headers that may take their time.

    Raises ConfigurationError, which repeats no key: not one that stands in a command, nor one that it said.
    """
    if credentials.fetch_key is not None:
        try:
            key = credentials.fetch_key()
        except KeyCommandFailed as error:
            from neurotui.wire.secrets import redact

            command = redact(str(error.facts["command"]))
            raise KeyCommandFailed(redact(error.cause), command=command) from None
        source = credentials.key_source.replace(key, "***") if key else ""
        credentials = replace(credentials, key=key, key_source=source)
    return replace(endpoint_of(credentials), headers=tuple(_headers(credentials)))


def _headers(credentials: Credentials) -> Iterator[Header]:
    for name, header in credentials.headers.items():
        try:
            text = run_command(header.command) if header.command else header.value
            value = Secret(clean_value(name, text))
        except ValueError as reason:
            raise HeaderUnusable(str(reason), name=name) from None
        except KeyCommandFailed as error:
            from neurotui.wire.secrets import redact

            raise HeaderUnusable(redact(error.cause), name=name) from None
        yield Header(name, value, is_secret=is_secret(name) or bool(header.command))
