"""The linear face says what the next answer will cost, and asks about what is dear."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.money.test_estimates import LONG, MODELS, WORDS
from tests.catalogues import openrouter
from tests.cli.test_ask import configure
from tests.counters import Counter
from tests.plain.test_pipes import talk
from tests.servers import Server


def test_a_long_question_tells_its_cost_and_a_short_one_does_not(tmp_path: Path) -> None:
    with Server(Counter(), paths=openrouter(MODELS)) as server:
        _code, out = talk(tmp_path, server, f"Hi\n/new\n{WORDS * 300}\n", NEUROTUI_MODEL="gpt-5-mini")
    lines = [line for line in out.splitlines() if "≈" in line]
    assert lines == ["≈ 1,400 tok, ≈ $0.00036 + up to $0.004"]
    assert len(server.chats) == 2


def test_another_model_tells_what_it_reads_afresh(tmp_path: Path) -> None:
    with Server(Counter(), paths=openrouter(MODELS)) as server:
        _code, out = talk(
            tmp_path, server, f"{LONG}\n/model gpt-5\n/help\nAnd?\n", NEUROTUI_MODEL="gpt-5-mini"
        )
    assert out.count("The next answer reads 24,000 tokens afresh: ≈ $0.03 instead of $0.00071") == 1


@pytest.mark.parametrize(("typed", "count"), [("1", 2), ("2", 1), ("", 1)])
def test_what_is_dear_is_asked(tmp_path: Path, typed: str, count: int) -> None:
    configure(tmp_path, "[budget]\nask_above = 0.0041")
    with Server(Counter(), paths=openrouter(MODELS)) as server:
        _code, out = talk(tmp_path, server, f"Hi\n{WORDS * 300}\n{typed}\n", NEUROTUI_MODEL="gpt-5-mini")
        assert len(server.chats) == count
    assert "This may cost up to $0.0044. Send it?\n1. Send it\n2. Do not send it" in out
    assert "≈ 1,400 tok, ≈ $0.00036 + up to $0.004. You want to be asked above $0.0041." in out
