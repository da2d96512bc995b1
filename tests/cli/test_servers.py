"""From what is configured to a server: which of them need a key before they are asked."""

from __future__ import annotations

import pytest

from neurotui.cli.servers import server_of
from neurotui.errors import KeyMissing
from neurotui.settings.credentials import Credentials
from tests.cli.asking import Shell
from tests.servers import CERTIFICATES, Server, answer, refuse


@pytest.mark.parametrize(
    ("base_url", "needs_key"),
    [
        ("", True),
        ("https://neuroapi.host", True),
        ("https://api.openai.com/v1", True),
        ("https://me.openai.azure.com/openai/v1", True),
        ("https://openrouter.ai/api/v1", True),
        ("https://llm.example.org/v1", False),
        ("https://notopenai.com/v1", False),
        ("http://127.0.0.1:11434/v1", False),
    ],
)
def test_a_key_is_needed_where_nobody_is_answered_without_one(base_url: str, needs_key: bool) -> None:
    assert isinstance(server_of(Credentials(base_url)).trouble, KeyMissing) is needs_key
    assert server_of(Credentials(base_url, key="sk-0123456789abcdef")).trouble is None


def test_a_server_of_ones_own_over_tls_without_a_key(shell: Shell) -> None:
    with Server([answer("Hi"), refuse(401, "no_key", "Who are you?")], tls="localhost") as server:
        variables = {"NEUROTUI_API_KEY": "", "SSL_CERT_FILE": str(CERTIFICATES / "ca.pem")}
        done = shell(server, "ask", "Hi", variables=variables)
        assert (done.code, done.out) == (0, b"Hi")
        done = shell(server, "ask", "Hi", variables=variables)
        assert done.code == 3
        assert "No API key is set: Who are you?" in done.err
