"""The pause that a refusal asks for, in whatever field or header a server puts it.

Where it stands, by what the servers document and send:

    Retry-After                                    seconds or a date (the standard)
    retry-after-ms, x-ms-retry-after-ms            milliseconds (OpenAI, Azure)
    error.details[].retryDelay: "34.07s"           google.rpc.RetryInfo (Gemini)
    retry_after, retry_after_seconds, …_ms         in the body, at any depth (gateways)
    error.metadata.headers                         headers of the provider behind (OpenRouter)
    x-ratelimit-reset-requests: "2m59.56s"         a window and when it begins again (OpenAI, Groq)
    anthropic-ratelimit-tokens-reset: <date>       the same (Anthropic)
    x-ratelimit-reset: 1741305600000               the same, in Unix time (OpenRouter)
    ratelimitbysize-reset: 28                      the same, in seconds (Mistral)
    RateLimit: "default";r=0;t=30                  the same (IETF draft)

A field that names a pause comes before the windows. Of these, only such count as may be used up: a server
tells of each of them with every response.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import zip_longest

from neurotui.wire.errorbody import MAX_BODY_BYTES
from neurotui.wire.faults import parse_retry_after
from neurotui.wire.jsontext import read_json

_DEPTH = 8
_FIELDS = 50
_ITEMS = 10

_MILLISECONDS = {"retryafterms", "retrydelayms", "retryinms", "retryaftermilliseconds", "xmsretryafterms"}
_SECONDS = {
    "retryafter",
    "retryafters",
    "retryaftersec",
    "retryaftersecs",
    "retryafterseconds",
    "retrydelay",
    "retrydelayseconds",
    "retryin",
    "retryinseconds",
    "retryat",
    "resetat",
    "resetsat",
    "resetinseconds",
    "resetsinseconds",
}
_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}

_NUMBER = re.compile(r"\d{1,16}(?:\.\d{1,12})?", re.ASCII)
_PART = r"(\d{1,9}(?:\.\d{1,12})?)(ms|us|µs|ns|d|h|m|s)"
_SPAN = re.compile(rf"(?:{_PART}){{1,8}}", re.ASCII)
_PARTS = re.compile(_PART, re.ASCII)
_LEFT = re.compile(r"\b(?:r|remaining)\s{0,3}=\s{0,3}(\d{1,15})")
_RESET = re.compile(r"\b(?:t|reset)\s{0,3}=\s{0,3}(\d{1,15})")

_OLDEST = 1e9
"""A number from here on is no span but a moment, in Unix time."""
_MILLISECONDS_FROM = 1e11
"""From here on, it is one in milliseconds."""


def asked_pause(
    body: object, headers: Mapping[str, str] | None = None, now: float | None = None
) -> float | None:
    """Return the seconds that a refusal asks to wait; None if it asks for no pause that can be understood.

    `body` is bytes, or parsed JSON; `headers` are those of the response; `now` is the Unix time, without
    which moments tell nothing.
    """
    said = _read(body)
    named = _named(headers or {}, now)
    if not named:
        named = list(_in_body(said, now, 0))
    if not named:
        named = [*_windows(headers or {}, now), *_windows_in_body(said, now, 0)]
    return max(named, default=None)


def _read(body: object) -> object:
    if not isinstance(body, bytes | str):
        return body
    if len(body) > MAX_BODY_BYTES:
        return None
    text = body.decode("utf-8-sig", "replace") if isinstance(body, bytes) else body
    text = text.strip()
    if not text.startswith(("{", "[")):
        return None
    try:
        return read_json(text)
    except ValueError:
        return None


def _named(headers: Mapping[str, str], now: float | None) -> list[float]:
    """The pause that a header names: in milliseconds, which is the more exact, or in seconds."""
    pauses: dict[bool, list[float]] = {True: [], False: []}
    for name, value in headers.items():
        plain = _plain(name)
        if plain in _MILLISECONDS and _NUMBER.fullmatch(value.strip()):
            pauses[True].append(float(value) / 1000)
        elif plain == "retryafter" and now is not None:
            pause = parse_retry_after(value, now)
            pauses[False] += [] if pause is None else [pause]
    return pauses[True] or pauses[False]


def _windows(headers: Mapping[str, str], now: float | None) -> Iterator[float]:
    """How long the windows of a limit last that are used up, or are not known to have something left."""
    values = {name.lower().replace("rate-limit", "ratelimit"): value for name, value in headers.items()}
    for name, value in values.items():
        if name in ("ratelimit", "x-ratelimit"):
            for left, reset in zip_longest(_LEFT.findall(value), _RESET.findall(value)):
                if reset and left in (None, "0"):
                    yield float(reset)
        elif "ratelimit" in name and "reset" in name and not _some_left(values, name):
            pause = _span(value, now)
            if pause:
                yield pause


def _some_left(values: Mapping[str, str], name: str) -> bool:
    left = values.get(name.replace("reset", "remaining"), "").strip()
    return bool(_NUMBER.fullmatch(left)) and float(left) > 0


def _in_body(value: object, now: float | None, depth: int) -> Iterator[float]:
    """The pauses that the fields of a body name, at any depth, in quoted JSON too."""
    for name, inner in _fields(value):
        plain = _plain(name)
        pause = None
        if plain in _MILLISECONDS:
            pause = _amount(inner, None)
            pause = None if pause is None else pause / 1000
        elif plain in _SECONDS:
            pause = _amount(inner, now)
        if pause is not None:
            yield pause
        elif depth < _DEPTH and plain != "headers":
            yield from _in_body(inner, now, depth + 1)
        elif plain == "headers":
            yield from _named(_texts(inner), now)


def _windows_in_body(value: object, now: float | None, depth: int) -> Iterator[float]:
    for name, inner in _fields(value):
        if _plain(name) == "headers":
            yield from _windows(_texts(inner), now)
        elif depth < _DEPTH:
            yield from _windows_in_body(inner, now, depth + 1)


def _fields(value: object) -> list[tuple[str, object]]:
    """The fields of an object, the items of a list, those of either in a string of JSON."""
    if isinstance(value, str):
        value = _read(value)
    if isinstance(value, dict):
        return list(value.items())[:_FIELDS]
    return [("", item) for item in value[:_ITEMS]] if isinstance(value, list) else []


def _texts(value: object) -> dict[str, str]:
    """Headers as a body has them; a list of values counts by its last."""
    found = {}
    for name, inner in _fields(value):
        last = inner[-1] if isinstance(inner, list) and inner else inner
        if isinstance(last, str | int | float):
            found[name] = str(last)
    return found


def _amount(value: object, now: float | None) -> float | None:
    match value:
        case bool():
            return None
        case int() | float() if 0 <= value < 1e16:
            return _span(f"{value:.9f}" if isinstance(value, float) else str(value), now)
        case str():
            return _span(value, now)
        case {"seconds": int() | str() as whole}:
            return _span(str(whole), None)  # a Duration as it is in a program
    return None


def _span(text: str, now: float | None) -> float | None:
    """Seconds: of a number, of 6m0s or 120ms, or from `now` until a moment."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = float(text)
        if number < _OLDEST:
            return number
        return _until(number / 1000 if number >= _MILLISECONDS_FROM else number, now)
    if _SPAN.fullmatch(text):
        return sum(float(count) * _UNITS[unit] for count, unit in _PARTS.findall(text))
    if now is None or not text[:1].isalnum():
        return None
    try:
        moment = datetime.fromisoformat(text)
        return _until((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), now)
    except (ValueError, OverflowError):
        return parse_retry_after(text, now)


def _until(moment: float | None, now: float | None) -> float | None:
    return None if moment is None or now is None else max(0.0, moment - now)


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
