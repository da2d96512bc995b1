"""The linear face in a pipe: a line is read when the one before is answered, and the end of input waits."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from tests.catalogues import new_api, telling
from tests.chat.pictures import base64_of, png
from tests.cli.asking import environment
from tests.cli.test_ask import configure
from tests.servers import Exchange, Script, Server, answer, refuse
from tests.terminal import NEUROTUI


def talk(home: Path, server: Server, typed: str, *arguments: str, **variables: str) -> tuple[int, str]:
    """What the program prints for what is typed into it, and its exit code."""
    done = subprocess.run(
        [*NEUROTUI, *(arguments or ("--plain",))],
        input=typed.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(home, server, **variables),
        cwd=home,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def started(home: Path, server: Server) -> subprocess.Popen[bytes]:
    """The program with pipes that the test writes to and reads."""
    return subprocess.Popen(
        [*NEUROTUI, "--plain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(home, server),
        cwd=home,
    )


async def cut(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Half of it")
    exchange.close()


def test_lines_are_answered_one_after_another(tmp_path: Path) -> None:
    with Server([answer("One.", pace=0.05), answer("Two.")]) as server:
        code, out = talk(tmp_path, server, "first\nsecond\n/quit\n")
        assert code == 0
        told = [out.index(words) for words in ("> first", "One.", "> second", "Two.", "> /quit")]
        assert told == sorted(told)
        messages = server.chats[1].json["messages"]
        assert [each["content"] for each in messages] == ["first", "One.", "second"]
        assert "\x1b" not in out and "\r" not in out and "\a" not in out


def test_a_backslash_at_the_end_goes_on_with_the_next_line(tmp_path: Path) -> None:
    with Server(answer("Yes.")) as server:
        talk(tmp_path, server, "one\\\ntwo\n")
        assert server.chats[0].json["messages"][-1]["content"] == "one\ntwo"


@pytest.mark.parametrize(
    ("script", "code"),
    [(answer("Yes."), 0), (refuse(401, "no"), 3), (refuse(402, "no"), 4), (cut, 5), (refuse(400, "no"), 1)],
)
def test_the_end_of_input_waits_and_its_exit_code_is_that_of_ask(
    tmp_path: Path, script: Script, code: int
) -> None:
    with Server(script) as server:
        assert talk(tmp_path, server, "hi\n")[0] == code


def test_lists_are_chosen_from_by_number(tmp_path: Path) -> None:
    with Server([answer("About rivers."), answer("About hills.")]) as server:
        typed = "rivers?\n/new\nhills?\n/history\n2\n/save\n/rename Water\n/history\nd1\n1\n\n/find RIVERS\n"
        code, out = talk(tmp_path, server, typed)
        assert code == 0
        assert "1. hills?" in out and "2. rivers?" in out
        assert out.count("About rivers.") == 3  # as it came, when it was opened again, and found
        assert "Saved as " in out and "Renamed" in out and "“hills?” is deleted" in out


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"NEUROTUI_PLAIN": "1"}, {}])
def test_it_is_chosen_by_the_terminal_the_environment_and_the_settings(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    if not variables:
        settings = tmp_path / ".config" / "neurotui" / "config.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text("plain = true\n", encoding="utf-8")
    with Server(answer("Yes.")) as server:
        code, out = talk(tmp_path, server, "hi\n", "--lang", "en", **variables)
        assert (code, "Yes." in out) == (0, True)


def test_a_setting_is_changed_by_its_number(tmp_path: Path) -> None:
    with Server() as server:
        _code, out = talk(tmp_path, server, "/settings\n")
        place = next(line.partition(".")[0] for line in out.splitlines() if "System prompt" in line)
        _code, out = talk(tmp_path, server, f"/settings\n{place}\nBe brief.\n/new\nhi\n")
        assert "System prompt: Be brief." in out
        assert server.chats[0].json["messages"][0] == {"role": "system", "content": "Be brief."}
        assert "Be brief." in (tmp_path / ".config" / "neurotui" / "config.toml").read_text(encoding="utf-8")


def test_an_old_encoding_gets_replacements(tmp_path: Path) -> None:
    with Server(answer("Да → ✓")) as server:
        variables = {"PYTHONIOENCODING": "latin-1", "LC_ALL": "C"}
        code, out = talk(tmp_path, server, "hi\n", **variables)
        assert code == 0 and "?? ? ?" in out


def test_nobody_who_reads_ends_it(tmp_path: Path) -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.head()
        while True:
            await exchange.text("A line.\n", pace=0.01)

    with (
        Server(endless) as server,
        started(tmp_path, server) as process,
    ):
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"hi\n")
        process.stdin.flush()
        while b"A line." not in process.stdout.readline():
            pass
        process.stdout.close()
        assert process.wait(60) == 141
        server.wait(lambda: server.closed_at)


def test_a_reader_that_is_slow_holds_up_nothing(tmp_path: Path) -> None:
    sent = threading.Event()

    async def much(exchange: Exchange) -> None:
        await exchange.head()
        for _ in range(2000):
            await exchange.text("A line of some length, again and again and again and again.\n" * 20)
        await exchange.finish()
        sent.set()

    with (
        Server(much) as server,
        started(tmp_path, server) as process,
    ):
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"hi\n")
        process.stdin.close()
        assert sent.wait(60), "all of it is received, although nobody reads"
        assert process.stdout.read().count(b"A line") == 40_000
        assert process.wait(60) == 0


def test_a_signal_does_not_wait_for_a_reader_that_sleeps(tmp_path: Path) -> None:
    async def much(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("A line of some length, again and again.\n" * 20_000)
        await exchange.finish()

    with Server(much) as server, started(tmp_path, server) as process:
        assert process.stdin is not None
        process.stdin.write(b"hi\n")
        process.stdin.close()
        server.wait(lambda: server.chats)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        process.terminate()
        assert process.wait(10) == 128 + signal.SIGTERM


def test_compared_answers_come_one_after_another(tmp_path: Path) -> None:
    async def named(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text(f"I am {exchange.request.json['model']}.")
        await exchange.finish()

    with Server(named) as server:
        code, out = talk(tmp_path, server, "who?\n/compare gpt-5-mini другая\n2\nand now?\n")
        assert code == 0
        assert out.rindex("I am gpt-5-mini.") < out.index("I am другая.") < out.index("1. gpt-5-mini")
        assert server.chats[-1].json["model"] == "другая"
        assert [each["content"] for each in server.chats[-1].json["messages"]] == [
            "who?",
            "I am другая.",
            "and now?",
        ]


def test_what_was_spent_is_told_line_by_line(tmp_path: Path) -> None:
    with Server([answer("One.")]) as server:
        code, out = talk(tmp_path, server, "first\n/usage\n/quit\n")
    assert code == 0
    assert "Total: 1 answer without a price · 1 answer · 12 tokens\n" in out
    assert "  first: 1 answer without a price · 1 answer · 12 tokens\n" in out


def test_a_picture_is_made_by_the_model_that_is_chosen_with_its_price(tmp_path: Path) -> None:
    pricing = {"prompt": "0", "completion": "0", "request": "0.04"}
    painter = {"id": "painter", "supported_endpoint_types": ["image-generation"], "pricing": pricing}

    async def models(exchange: Exchange) -> None:
        await exchange.body(200, {"object": "list", "data": [{"id": "gpt-5-mini"}, painter]})

    async def draw(exchange: Exchange) -> None:
        await exchange.body(200, {"data": [{"b64_json": base64_of(png(3, 2))}]})

    with Server(paths={"/models": models, "/images/generations": draw}) as server:
        code, out = talk(tmp_path, server, "/image a cat\n1\n/quit\n")
        assert code == 0
        assert "1. painter" in out and "3×2" in out
        [asked] = [request for request in server.requests if request.method == "POST"]
        assert asked.json == {"model": "painter", "prompt": "a cat", "n": 1}


def test_models_are_sorted_and_favourites_come_first(tmp_path: Path) -> None:
    def model(id: str, price: str) -> dict[str, object]:
        return {"id": id, "pricing": {"prompt": price, "completion": price}}

    listed = {"data": [model("b-dear", "0.00001"), model("c-mid", "0.000001"), model("d-cheap", "0.0000001")]}

    def order(out: str) -> list[list[str]]:
        """The names in each list that was printed."""
        lists: list[list[str]] = []
        for number, name in re.findall(r"^(\d+)\. ([\w-]+)", out, re.MULTILINE):
            lists.extend([[]] if number == "1" else [])
            lists[-1].append(name)
        return lists

    with Server(paths={"/models": telling(listed)}) as server:
        _code, out = talk(tmp_path, server, "/models\ns\nf3\n\n/models\nf 1\n\n/quit\n")
        names = ["b-dear", "c-mid", "d-cheap"]
        favoured = ["b-dear", "d-cheap", "c-mid"]
        assert order(out) == [names, names[::-1], favoured, names, names]
        assert "by price" in out and out.count("b-dear, favourite") == 2
        _code, out = talk(tmp_path, server, "/models\nи 2\nс\n\n/quit\n", NEUROTUI_LANG="ru")
        assert order(out) == [names, ["c-mid", "b-dear", "d-cheap"], ["c-mid", "d-cheap", "b-dear"]]
        assert "сортировка: цена" in out and "c-mid, избранное" in out


def test_an_answer_that_no_limit_could_hold_is_told(tmp_path: Path) -> None:
    configure(tmp_path, "[budget]\nday_cost = 1.0\n")
    told = "the price of gpt-5-mini is not known: a limit in money does not hold it"
    with Server([answer("One.")]) as server:
        _code, out = talk(tmp_path, server, "first\n/quit\n")
        assert told in out
    with Server([answer("One.")], paths=new_api()) as server:
        _code, out = talk(tmp_path, server, "first\n/quit\n")
        assert "One." in out and told not in out
