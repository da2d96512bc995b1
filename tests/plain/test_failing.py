"""The linear face says once that a model has failed several times running."""

from __future__ import annotations

from pathlib import Path

from tests.app.test_failing import MODELS, ByModel
from tests.catalogues import telling
from tests.plain.test_pipes import talk
from tests.servers import Server


def test_it_is_told_once_with_the_command_for_another_one(tmp_path: Path) -> None:
    script = ByModel()
    script.bad = {"gpt-5-mini"}
    typed = "/model other\nHi\n/model gpt-5-mini\none\ntwo\nthree\nfour\n/help\n/model other\nfive\n"
    with Server(script, paths={"/models": telling(MODELS)}) as server:
        _code, out = talk(tmp_path, server, typed, "--plain", "-m", "gpt-5-mini")
        line = "gpt-5-mini has failed 3 times running, other has answered: /model other\n"
        assert out.count("times running") == 1 and line in out, out
        assert out.index("> three") < out.index(line) < out.index("> four")
        _code, out = talk(tmp_path, server, "/quit\n", "--plain", "--lang", "ru", "-m", "gpt-5-mini")
    assert "gpt-5-mini не ответила 4 раза подряд\n" in out.replace(", other отвечает: /model other", "")
