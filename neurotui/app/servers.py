"""From what the user configured to a server that can be talked to."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Never, TypeAlias
from urllib.parse import urlsplit

from neurotui.api.endpoint import DEFAULT_BASE_URL, Endpoint, Header, Secret, clean_key, normalise_base_url
from neurotui.api.late import LateClient
from neurotui.app.services import Server
from neurotui.errors import (
    BadBaseURL,
    BadKey,
    ConfigurationError,
    HeaderUnusable,
    KeyCommandFailed,
    KeyMissing,
)
from neurotui.settings.api_keys import key_file, run_command
from neurotui.settings.credentials import KEY_VARIABLES, Credentials, resolve
from neurotui.settings.file import SettingsFile
from neurotui.settings.headers import clean_value, is_secret

if TYPE_CHECKING:
    from neurotui.api.client import ChatClient
    from neurotui.api.recording.format import RecordedExchange, RecordingFile
    from neurotui.api.recording.recorder import Recorder


_HOSTED = (
    *("neuroapi.host", "openai.com", "azure.com", "openrouter.ai", "deepseek.com", "groq.com", "mistral.ai"),
    *(
        "googleapis.com",
        "anthropic.com",
        "x.ai",
        "together.xyz",
        "fireworks.ai",
        "cerebras.ai",
        "moonshot.ai",
    ),
)
"""The domains of services that are known to answer nobody without a key."""


def endpoint_of(credentials: Credentials) -> Endpoint:
    """The checked endpoint, without a key that takes its time. Raises BadBaseURL or BadKey."""
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
            from neurotui.wire.redaction import redact

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
            from neurotui.wire.redaction import redact

            raise HeaderUnusable(redact(error.cause), name=name) from None
        yield Header(name, value, is_secret=is_secret(name) or bool(header.command))


Keep: TypeAlias = "Callable[[RecordedExchange], None]"
"""What takes the exchanges with a server, where they are recorded."""


def recording(options: argparse.Namespace) -> RecordingFile | None:
    """The file that the user wants turns to be recorded in; it is not made yet."""
    if options.record is None:
        return None
    from neurotui.api.recording.format import RecordingFile

    return RecordingFile(Path(options.record))


def chosen_server(
    options: argparse.Namespace, environ: Mapping[str, str], keep: Keep | None = None
) -> Server:
    """The server that flags, variables and settings name. Raises ConfigurationError.

    That a key is missing is told in it.
    """
    if options.demo:
        return demo_server(options.model, keep)
    return server_of(_chosen(options, environ), keep)


def server_to_open(
    options: argparse.Namespace, environ: Mapping[str, str], keep: Keep | None = None
) -> Server:
    """As `chosen_server`, where what is kept can be corrected: so its fault is told in the server."""
    if options.demo:
        return demo_server(options.model, keep)
    credentials = _chosen(options, environ)
    try:
        return server_of(credentials, keep)
    except BadBaseURL as error:
        if not credentials.profile:
            raise
        return _unusable(credentials, error)
    except BadKey as error:
        if credentials.key_source in KEY_VARIABLES:
            raise
        return _unusable(credentials, error)


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


def _unusable(credentials: Credentials, trouble: ConfigurationError) -> Server:
    """The server of a profile that cannot be asked anything."""

    def make() -> Never:
        raise trouble

    return Server(LateClient(make), credentials.model, credentials.profile, trouble, credentials.profile)


def server_of(credentials: Credentials, keep: Keep | None = None) -> Server:
    """The server that is configured. Raises BadBaseURL or BadKey; a key that is missing is told in it.

    A server of one's own may need no key; if it does, it will say so.
    """
    endpoint = endpoint_of(credentials)
    host = urlsplit(endpoint.base_url).hostname or ""
    keyed = endpoint.key or any(is_secret(name) or it.command for name, it in credentials.headers.items())
    needs_key = not keyed and any(f".{host}".endswith(f".{domain}") for domain in _HOSTED)

    def make() -> ChatClient:
        whole = endpoint_with_key(credentials)
        if needs_key and whole.key is None:
            raise KeyMissing()
        from neurotui.api.client import ChatClient

        return ChatClient(whole, recorder=_recorder(keep))

    return Server(
        LateClient(make),
        credentials.model,
        endpoint.host,
        KeyMissing() if needs_key and credentials.fetch_key is None else None,
        credentials.profile,
        endpoint.unprotected,
    )


def demo_server(model: str | None = None, keep: Keep | None = None) -> Server:
    """The embedded endpoint."""

    def make() -> ChatClient:
        from neurotui.api.client import ChatClient
        from neurotui.api.demo.transport import DemoTransport

        endpoint = Endpoint("http://demo", Secret("sk-made-for-the-demo"))  # for `/demo key` to refuse
        return ChatClient(endpoint, transport=DemoTransport(), recorder=_recorder(keep))

    return Server(LateClient(make), model or "neurotui-demo", "demo", is_demo=True)


def _recorder(keep: Keep | None) -> Recorder | None:
    if keep is None:
        return None
    from neurotui.api.recording.recorder import Recorder

    return Recorder(keep)
