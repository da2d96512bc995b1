"""From what the user configured to a server that can be talked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurotui.api.endpoint import DEFAULT_BASE_URL, Endpoint, clean_key, normalise_base_url
from neurotui.api.late import LateClient
from neurotui.errors import KeyMissing
from neurotui.settings.credentials import Credentials
from neurotui.ui.backend import Server

if TYPE_CHECKING:
    from neurotui.api.client import ChatClient


def endpoint_of(credentials: Credentials) -> Endpoint:
    """The checked endpoint. Raises BadBaseURL or BadKey."""
    return Endpoint(
        normalise_base_url(credentials.base_url or DEFAULT_BASE_URL),
        clean_key(credentials.key) if credentials.key else None,
        credentials.key_source,
    )


def server_of(credentials: Credentials) -> Server:
    """The server that is configured. Raises BadBaseURL or BadKey; a key that is missing is told in it.

    A server of one's own, spoken to over plain HTTP, needs no key.
    """
    endpoint = endpoint_of(credentials)
    missing = endpoint.key is None and endpoint.base_url.startswith("https://")
    trouble = KeyMissing() if missing else None

    def make() -> ChatClient:
        if trouble is not None:
            raise trouble
        from neurotui.api.client import ChatClient

        return ChatClient(endpoint)

    return Server(LateClient(make), credentials.model, endpoint.host, trouble)


def demo_server(model: str | None = None) -> Server:
    """The embedded endpoint."""

    def make() -> ChatClient:
        from neurotui.api.client import ChatClient
        from neurotui.api.demo import DemoTransport

        return ChatClient(Endpoint("http://demo"), transport=DemoTransport())

    return Server(LateClient(make), model or "neurotui-demo", "demo")
