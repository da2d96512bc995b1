"""The policy of repeating: what, how often, how soon."""

from __future__ import annotations

import pytest

from neurotui import errors
from neurotui.api.retry import LONGEST, MOST, delay

REPEATED = {
    errors.ConnectionFailed,
    errors.ConnectionRefused,
    errors.NameNotResolved,
    errors.RateLimited,
    errors.UpstreamUnavailable,
}


def kinds(base: type[errors.NeurotuiError]) -> set[type[errors.NeurotuiError]]:
    return {base}.union(*map(kinds, base.__subclasses__()))


def test_only_what_the_server_never_had_or_asks_for_is_repeated() -> None:
    assert {kind for kind in kinds(errors.NeurotuiError) if delay(kind(), 1, 0.5) is not None} == REPEATED


@pytest.mark.parametrize("kind", sorted(REPEATED, key=str))
def test_each_pause_is_longer_and_there_are_three(kind: type[errors.NeurotuiError]) -> None:
    pauses = [delay(kind(), repetition, 0.5) for repetition in range(1, MOST + 1)]
    first = pauses[0]
    assert first is not None
    assert pauses == [first, 2 * first, 4 * first]
    assert delay(kind(), MOST + 1, 0.5) is None
    earliest, latest = delay(kind(), 1, 0.0), delay(kind(), 1, 1.0)
    assert earliest is not None and latest is not None
    assert 0.3 < earliest < first < latest < 1.3


@pytest.mark.parametrize("status", [408, 500, 502, 504, 520, 521, 522, 523, 524, 529, 530])
def test_a_status_that_does_not_ask_for_it_is_not_repeated(status: int) -> None:
    assert delay(errors.UpstreamUnavailable(http_status=status), 1, 0.5) is None
    assert delay(errors.UpstreamUnavailable(http_status=200, stated_status=status), 1, 0.5) is None
    assert delay(errors.UpstreamUnavailable(http_status=503), 1, 0.5) is not None
    assert delay(errors.UpstreamUnavailable(http_status=502, stated_status=503), 1, 0.5) is not None


def test_a_server_is_waited_for_as_it_asks_but_not_for_ever() -> None:
    assert delay(errors.RateLimited(retry_after=7.5), 1, 1.0) == 7.5
    assert delay(errors.RateLimited(retry_after=LONGEST), 3, 1.0) == LONGEST
    assert delay(errors.RateLimited(retry_after=86400), 1, 1.0) is None
    assert delay(errors.RateLimited(retry_after=1), MOST + 1, 1.0) is None
