"""The pause that a refusal asks for, as servers write it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.wire.pauses import asked_pause

NOW = 1_741_305_570.0

RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo"}


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        ({"Retry-After": "2"}, 2.0),
        ({"retry-after": "Fri, 07 Mar 2025 00:00:00 GMT"}, 30.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "2", "Retry-After-Ms": "1750"}, 1.75),
        ({"x-ms-retry-after-ms": "30"}, 0.03),
        ({"Retry-After": "7", "retry-after-ms": "nonsense"}, 7.0),
        ({"Retry-After": "7", "x-ratelimit-reset-tokens": "6m0s"}, 7.0),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-remaining-requests": "0"}, 1.0),
        ({"x-ratelimit-reset-requests": "2m59.56s"}, 179.56),
        ({"x-ratelimit-reset-tokens": "120ms", "x-ratelimit-remaining-tokens": "0"}, 0.12),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "12s",
                "x-ratelimit-remaining-tokens": "149000",
                "x-ratelimit-reset-tokens": "6m0s",
            },
            12.0,
        ),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "30"}, None),
        ({"X-RateLimit-Reset": "1741305600000", "X-RateLimit-Remaining": "0"}, 30.0),
        ({"X-RateLimit-Reset": "1741305600"}, 30.0),
        ({"x-rate-limit-reset": "1741305600", "x-rate-limit-remaining": "0"}, 30.0),
        ({"X-RateLimit-Reset": "1741305500"}, None),
        ({"RateLimit-Reset": "30"}, 30.0),
        ({"RateLimit": "limit=10, remaining=0, reset=30"}, 30.0),
        ({"RateLimit": '"burst";r=5;t=7, "daily";r=0;t=30'}, 30.0),
        ({"RateLimit": '"default";r=5;t=30'}, None),
        ({"ratelimitbysize-reset": "28", "ratelimitbysize-remaining": "0"}, 28.0),
        (
            {
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2025-03-07T00:00:00Z",
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2025-03-07T00:00:10+00:00",
            },
            40.0,
        ),
        ({"x-ratelimit-reset-requests": "nonsense"}, None),
    ],
)
def test_headers(headers: dict[str, str], pause: float | None) -> None:
    assert asked_pause(b"", headers, NOW) == (None if pause is None else pytest.approx(pause))


@pytest.mark.parametrize(
    ("body", "pause"),
    [
        ({"error": {"details": [{"reason": "x"}, RETRY_INFO | {"retryDelay": "34s"}]}}, 34.0),
        ([{"error": {"details": [RETRY_INFO | {"retryDelay": "34.074824224s"}]}}], 34.074824224),
        ({"error": {"details": [RETRY_INFO | {"retryDelay": {"seconds": 34, "nanos": 5}}]}}, 34.0),
        ({"error": {"message": json.dumps({"error": {"details": [{"retryDelay": "34s"}]}})}}, 34.0),
        ({"error": {"metadata": {"raw": json.dumps({"retryDelay": "34s"}), "provider_name": "x"}}}, 34.0),
        ({"retry_after": 1.5}, 1.5),
        ({"error": {"retry_after": "7"}}, 7.0),
        ({"error": {"retryAfter": 7}}, 7.0),
        ({"detail": "Too many requests", "retry_after_seconds": 34}, 34.0),
        ({"error": {"retry_after_ms": 1500}}, 1.5),
        ({"error": {"resets_in_seconds": 51}}, 51.0),
        ({"error": {"resets_at": int(NOW) + 30}}, 30.0),
        ({"reset_at": "2025-03-07T00:00:00Z"}, 30.0),
        (
            {
                "error": {
                    "code": 429,
                    "metadata": {
                        "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1741305600000"}
                    },
                }
            },
            30.0,
        ),
        ({"error": {"metadata": {"headers": {"Retry-After": "9"}}}}, 9.0),
        ({"error": {"metadata": {"headers": {"retry-after": ["9"]}}}}, 9.0),
        ({"retry_after": None}, None),
        ({"retry_after": True}, None),
        ({"retry_after": -3}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": float("inf")}, None),
        ({"message": "Please try again in 20s."}, None),
        ("Retry-After: 3", None),
        (None, None),
    ],
)
def test_bodies(body: object, pause: float | None) -> None:
    expected = None if pause is None else pytest.approx(pause)
    assert asked_pause(body, {}, NOW) == expected
    assert asked_pause(json.dumps(body).encode(), {}, NOW) == expected


def test_a_header_that_names_a_pause_comes_first_and_a_body_that_does_before_a_window() -> None:
    body, window = {"retry_after": 5}, {"x-ratelimit-reset": "30"}
    assert asked_pause(body, {"Retry-After": "2"}, NOW) == 2
    assert asked_pause(body, {"Retry-After": "soon"}, NOW) == 5
    assert asked_pause(body, window, NOW) == 5


def test_without_a_clock_a_moment_tells_nothing() -> None:
    assert asked_pause({"reset_at": "2025-03-07T00:00:00Z"}) is None
    assert asked_pause({"reset_at": 1741305600}) is None
    assert asked_pause({"retryDelay": "34s"}) == 34


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["Retry-After", "retry-after-ms", "RateLimit", "x-ratelimit-reset", "ratelimit-remaining"]
        ),
        st.text(max_size=30) | st.integers().map(str) | st.floats().map(str),
    ),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["retry_after", "headers", "reset_at"]), inner)
        ),
        max_leaves=10,
    ),
)
def test_anything_is_a_pause_or_none(headers: dict[str, str], body: object) -> None:
    pause = asked_pause(body, headers, NOW)
    assert pause is None or 0 <= pause < 1e17
