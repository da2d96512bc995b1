from __future__ import annotations

import time

import pytest

from neurotui.wire.secrets import key_in


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-0123456789abcdef0123",
        "AKIA0123456789ABCDEF",
        "ghp_0123456789abcdefghij",
        "github_pat_11ABCDEFG0123456789_abcdef",
        "AIzaSyA-0123456789abcdefghijkl_mnop",
        "gsk_0123456789abcdefghijkl",
    ],
)
def test_a_key_is_found_wherever_it_stands(key: str) -> None:
    assert key_in(key) == key
    assert key_in(f"Authorization: Bearer {key}\n") == key
    assert key_in(f'{{"key": "{key}"}}') == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk-learn-contrib-and-more",
        "task-0123456789abcdef0123",
        "3f2a" * 10,
        "sk-1",
        "мой sk-ключ-1234567890",
    ],
)
def test_what_is_none_is_not(text: str) -> None:
    assert key_in(text) == ""


def test_its_time_grows_with_the_text_only() -> None:
    start = time.process_time()
    for text in ("sk-" * 300_000, "sk-" + "a-" * 500_000, "ghp_" + "a" * 1_000_000):
        key_in(text)
    assert time.process_time() - start < 2.0
