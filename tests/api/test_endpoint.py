"""What people type and paste as an address and a key."""

from __future__ import annotations

import copy
import pickle
import traceback

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotui.api.endpoint import Endpoint, Secret, clean_key, normalise_base_url
from neurotui.errors import BadBaseURL, BadKey

KEY = "sk-abcdefghijklmnopqrstuvwxyz012345"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://neuroapi.host", "https://neuroapi.host/v1"),
        ("https://neuroapi.host/", "https://neuroapi.host/v1"),
        ("https://neuroapi.host/v1", "https://neuroapi.host/v1"),
        ("https://neuroapi.host/v1/", "https://neuroapi.host/v1"),
        ("https://neuroapi.host/v1//", "https://neuroapi.host/v1"),
        ("https://neuroapi.host/v1/chat/completions", "https://neuroapi.host/v1"),
        ("https://neuroapi.host/v1/chat/completions/", "https://neuroapi.host/v1"),
        ("https://neuroapi.host/v1/models", "https://neuroapi.host/v1"),
        ("https://neuroapi.host/v1/dashboard/billing/usage", "https://neuroapi.host/v1"),
        ("https://neuroapi.host/v1/v1", "https://neuroapi.host/v1"),
        ("https://neuroapi.host/v1/v1/chat/completions", "https://neuroapi.host/v1"),
        ("  «https://neuroapi.host/v1»\n", "https://neuroapi.host/v1"),
        ("neuroapi.host", "https://neuroapi.host/v1"),
        ("NeuroAPI.Host/v1", "https://neuroapi.host/v1"),
        ("HTTPS://neuroapi.host:443", "https://neuroapi.host/v1"),
        ("https:/neuroapi.host", "https://neuroapi.host/v1"),
        ("//neuroapi.host", "https://neuroapi.host/v1"),
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://openrouter.ai/api/v1/", "https://openrouter.ai/api/v1"),
        ("https://example.com", "https://example.com"),
        ("https://example.com/some/other", "https://example.com/some/other"),
        ("https://example.com/модели/v1", "https://example.com/%D0%BC%D0%BE%D0%B4%D0%B5%D0%BB%D0%B8/v1"),
        ("localhost:11434/v1", "http://localhost:11434/v1"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("::1", "http://[::1]"),
        ("http://[::1]:80", "http://[::1]"),
        ("0.0.0.0:8000", "http://0.0.0.0:8000"),
        ("http://[fe80::1%25eth0]:8080/v1", "http://[fe80::1%25eth0]:8080/v1"),
        ("http://[FE80::1%eth0]:8080/v1", "http://[fe80::1%25eth0]:8080/v1"),
        ("http://[fe80:0::1%Wi-Fi]/v1", "http://[fe80::1%25Wi-Fi]/v1"),
        ("http://[fe80::1%12]/v1", "http://[fe80::1%2512]/v1"),
        ("http://[fe80::1%25]/v1", "http://[fe80::1%2525]/v1"),
        ("fe80::1%eth0", "https://[fe80::1%25eth0]"),
        ("[::1%lo]:8080/v1", "http://[::1%25lo]:8080/v1"),
        ("192.168.1.5:1234", "https://192.168.1.5:1234"),
        ("http://192.168.1.5:1234/v1", "http://192.168.1.5:1234/v1"),
        ("https://нейро.рф/v1", "https://xn--e1aikgj.xn--p1ai/v1"),
        ("http://my_host.local:8080/v1", "http://my_host.local:8080/v1"),
    ],
)
def test_an_address_is_understood_as_it_is_typed(typed: str, meant: str) -> None:
    assert normalise_base_url(typed) == meant
    assert normalise_base_url(meant) == meant
    assert httpx.URL(meant).raw_host


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "https://",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "ftp://example.com",
        "javascript:alert(1)",
        "https://user:password@example.com/v1",
        "https://token@example.com/v1",
        "https://user:pass/password@example.com/v1",
        "file://user:password@example.com/v1",
        "https://example.com/v1?key=secret",
        "https://example.com?key=secret",
        "https://example.com/v1#secret",
        "https://exa mple.com/v1",
        "https://example.com/v 1",
        "https://example.com\\v1",
        "https://example.com\x00/v1",
        "https://example.com:http/v1",
        "https://example.com:0/v1",
        "https://example.com:99999/v1",
        "https://example..com/v1",
        "https://-example.com",
        "https://<script>/v1",
        "https://[::1/v1",
        "https://[not-an-address]/v1",
        "https://[fe80::1%]/v1",
        "https://[fe80::1%eth0/v1",
        "https://[fe80::1%et h0]/v1",
        "https://[fe80::1%eth0%25x]/v1",
        "https://example.com%25eth0/v1",
        "https://127.0.0.1%lo/v1",
        "https://999.1.1.1/v1",
        "http://127.1/v1",
        "http://2130706433/v1",
        "http://0x7f000001/v1",
        "http://0x7f.0.0.1:8080/v1",
        "http://example.0x7f/v1",
        "https://neurоapi.host/v1",
        "https://api.neuroapi.host/v1",
        f"https://{'a' * 300}.com",
        f"https://{'я' * 70}.рф",
        KEY,
        f"https://example.com/{KEY}",
    ],
)
def test_an_address_that_cannot_be_one_is_refused_by_a_sentence(typed: str) -> None:
    with pytest.raises(BadBaseURL) as refused:
        normalise_base_url(typed)
    assert refused.value.cause
    said = str(refused.value)
    for secret in (":password", "/password", "token@", "=secret", "#secret", KEY):
        assert secret not in said


@given(st.text() | st.from_regex(r"https?://[a-zа-я0-9.:\[\]_%-]{1,30}(/[ -~]{0,20})?", fullmatch=True))
def test_whatever_is_typed_gives_an_address_that_stays_or_a_sentence(typed: str) -> None:
    try:
        meant = normalise_base_url(typed)
    except BadBaseURL as error:
        assert str(error)
    else:
        assert meant.isascii()
        assert meant.startswith(("http://", "https://"))
        assert normalise_base_url(meant) == meant
        assert httpx.URL(meant).raw_host


@pytest.mark.parametrize(
    ("base_url", "host", "unprotected"),
    [
        ("https://neuroapi.host/v1", "neuroapi.host", False),
        ("http://127.0.0.1:8080/v1", "127.0.0.1:8080", False),
        ("http://[::1]:8080", "[::1]:8080", False),
        ("http://localhost/v1", "localhost", False),
        ("http://192.168.1.5:1234/v1", "192.168.1.5:1234", True),
        ("http://example.com", "example.com", True),
        ("http://[fe80::1%25eth0]:8080/v1", "[fe80::1%eth0]:8080", True),
        ("http://[::1%25lo]/v1", "[::1%lo]", False),
    ],
)
def test_an_endpoint_knows_its_host_and_whether_the_way_there_is_open(
    base_url: str, host: str, unprotected: bool
) -> None:
    endpoint = Endpoint(base_url)
    assert endpoint.host == host
    assert endpoint.unprotected is unprotected
    assert endpoint.url("models") == f"{base_url}/models"


@pytest.mark.parametrize(
    "pasted",
    [
        KEY,
        f" {KEY}\n",
        f"\r\n\t{KEY}\u00a0",
        f'"{KEY}"',
        f"«{KEY}»",
        f"Bearer {KEY}",
        f"'bearer  {KEY}'",
        f"Authorization: Bearer {KEY}",
        f"\ufeff{KEY}\u200b",
    ],
)
def test_a_key_is_cleaned_of_what_is_pasted_with_it(pasted: str) -> None:
    assert clean_key(pasted).reveal() == KEY


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "  \n",
        "Bearer ",
        '""',
        f"{KEY[:10]}\n{KEY[10:]}",
        f"{KEY[:10]} {KEY[10:]}",
        "sk-ключ",
        f"{KEY}\x00",
        "••••",
    ],
)
def test_a_key_that_cannot_stand_in_a_header_is_refused_unseen(pasted: str) -> None:
    with pytest.raises(BadKey) as refused:
        clean_key(pasted)
    assert refused.value.cause
    for part in (KEY[:8], KEY[-8:], "ключ"):
        assert part not in str(refused.value)


def test_a_secret_shows_at_most_its_last_four_characters() -> None:
    secret = Secret(KEY)
    assert secret.last4 == "2345"
    for shown in (
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret:>40}",
        f"{secret!r}",
        repr(Endpoint(key=secret)),
    ):
        assert "2345" in shown
        assert KEY[:-4] not in shown
    assert Secret("short").last4 == ""
    assert "short" not in repr(Secret("short"))
    assert secret == Secret(KEY) != Secret("other")
    assert len({secret, Secret(KEY)}) == 1


def test_a_secret_cannot_be_written_to_a_file() -> None:
    for write in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError) as refused:
            write(Secret(KEY))
        assert KEY not in "".join(traceback.format_exception(refused.value))
