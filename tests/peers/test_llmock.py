"""`neurotui ask` and the chat against llmock, a server of faults that judges its clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.asking import KEY, Shell
from tests.terminal import NEUROTUI, Terminal

pytest.importorskip("llmock")

if TYPE_CHECKING:
    from llmock.pytest_plugin import LLMock


def ask(shell: Shell, llmock: LLMock, *flags: str) -> tuple[int, dict[str, object]]:
    """Ask in JSON; return the exit code and the object."""
    done = shell(None, "ask", "--json", *flags, "Hi", variables={"NEUROTUI_BASE_URL": llmock.base_url()})
    result: dict[str, object] = json.loads(done.out)
    return done.code, result


def asked(llmock: LLMock) -> int:
    """Return how often a completion was asked for; for the models, whose prices they may tell, once a day."""
    return sum(request.path.endswith("/chat/completions") for request in llmock.requests)


def test_a_plain_answer(shell: Shell, llmock: LLMock) -> None:
    llmock.reply("Ответ по-русски: «да».")
    code, result = ask(shell, llmock)
    assert (code, result["text"], result["status"]) == (0, "Ответ по-русски: «да».", "complete")
    llmock.assert_resilient(strict=True)


def test_an_answer_that_is_not_streamed(shell: Shell, llmock: LLMock, tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "neurotui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("stream = false\n")
    llmock.reply("whole")
    code, result = ask(shell, llmock)
    assert (code, result["text"]) == (0, "whole")
    assert not llmock.last_request.stream


def test_a_limit_of_requests_is_waited_for_as_long_as_it_says(shell: Shell, llmock: LLMock) -> None:
    llmock.rate_limit(times=2, retry_after=0.4).reply("at last")
    code, result = ask(shell, llmock)
    assert (code, result["text"]) == (0, "at last")
    assert asked(llmock) == 3
    llmock.assert_resilient(strict=True)


def test_a_real_quota_tells_its_delay(shell: Shell, llmock: LLMock) -> None:
    llmock.limits(rpm=60)
    codes = [ask(shell, llmock, "--no-save")[0] for _ in range(3)]
    assert codes == [0, 0, 0]
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_cannot_succeed_is_asked_once(shell: Shell, llmock: LLMock, status: int) -> None:
    llmock.fail(status, times=None)
    code, result = ask(shell, llmock)
    assert code == (3 if status == 401 else 1)
    assert result["status"] == "failed"
    assert asked(llmock) == 1
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("status", [500, 502, 504, 529])
def test_what_a_model_may_have_had_is_asked_once(shell: Shell, llmock: LLMock, status: int) -> None:
    """A judge of uptime would have it repeated; whoever pays for each answer would not."""
    llmock.fail(status, times=None)
    code, _ = ask(shell, llmock)
    assert (code, asked(llmock)) == (1, 1)
    assert [finding.code for finding in llmock.verdict().findings] == ["gave_up"]


def test_a_server_that_is_away_for_a_moment_is_asked_again(shell: Shell, llmock: LLMock) -> None:
    llmock.fail(503, times=2).reply("back")
    code, result = ask(shell, llmock)
    assert (code, result["text"]) == (0, "back")
    llmock.assert_resilient(strict=True)


def test_a_stream_that_ends_too_early_is_cut(shell: Shell, llmock: LLMock) -> None:
    llmock.reply("one two three four five six seven eight nine ten").truncate(after_chunks=3)
    code, result = ask(shell, llmock)
    assert (code, result["status"]) == (5, "cut")
    assert result["text"] and result["text"] != "one two three four five six seven eight nine ten"
    assert asked(llmock) == 1


def test_a_stream_that_is_torn_off_is_cut(shell: Shell, llmock: LLMock) -> None:
    llmock.reply("one two three four five six seven eight nine ten").disconnect(after_chunks=3)
    code, result = ask(shell, llmock)
    assert (code, result["status"]) == (5, "cut")
    assert asked(llmock) == 1


def test_a_chunk_that_cannot_be_read_is_told(shell: Shell, llmock: LLMock) -> None:
    llmock.reply("one two three four five six seven eight nine ten").corrupt(after_chunks=3)
    code, result = ask(shell, llmock)
    assert (code, result["unreadable"]) == (5, 1)
    assert result["status"] != "complete"


def test_a_context_that_is_too_long_is_told_as_that(shell: Shell, llmock: LLMock) -> None:
    llmock.context_overflow()
    code, result = ask(shell, llmock)
    error = result["error"]
    assert isinstance(error, dict)
    assert (code, error["code"]) == (1, "context_length_exceeded")


def test_a_tool_call_is_shown_and_never_run(shell: Shell, llmock: LLMock) -> None:
    llmock.call_tool("delete_all", {"path": "/"})
    code, result = ask(shell, llmock)
    calls = result["tool_calls"]
    assert isinstance(calls, list)
    assert (code, calls[0]["name"], json.loads(calls[0]["arguments"])) == (0, "delete_all", {"path": "/"})


@pytest.mark.parametrize("provider", ["mistral", "groq", "together", "perplexity", "ai21", "xai"])
def test_the_dialects_of_other_providers(shell: Shell, llmock: LLMock, provider: str) -> None:
    llmock.reply("a dialect")
    url = llmock.base_url(provider)
    done = shell(None, "ask", "--json", "Hi", variables={"NEUROTUI_BASE_URL": url})
    result = json.loads(done.out)
    assert (done.code, result["text"], result["status"]) == (0, "a dialect", "complete")
    assert result["usage"]


def test_the_chat_waits_stops_and_goes_on(llmock: LLMock, tmp_path: Path) -> None:
    from llmock.scenarios import Fail, Match, Reply, StreamFault

    asked = Match(stream=True)  # not the list of models, which the chat asks for too
    llmock.add(Fail(429, retry_after=2.0, match=asked), Reply("the first answer", match=asked))
    environment = {
        "NEUROTUI_BASE_URL": llmock.base_url(),
        "NEUROTUI_API_KEY": KEY,
        "NEUROTUI_MODEL": "gpt-5-mini",
    }
    with Terminal([*NEUROTUI, "--lang", "en"], home=tmp_path, environment=environment) as terminal:
        terminal.wait_for("Message")
        terminal.type("a question\n")
        terminal.wait_for("again in")
        terminal.wait_for("the first answer")
        terminal.wait_for(" tok · ")
        stall = StreamFault("stall", after_chunks=2, stall_seconds=30, match=asked)
        llmock.add(Reply("one two three four five six", match=asked), stall)
        terminal.type("another\n")
        terminal.wait_for("one")
        terminal.press("escape")
        terminal.wait_for("stopped by you")
        llmock.add(Reply("the last answer", match=asked))
        terminal.type("once more\n")
        terminal.wait_for("the last answer")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    llmock.assert_resilient()
