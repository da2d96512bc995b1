"""What is told of an answer beside others."""

from __future__ import annotations

from pathlib import Path

from neurotui.app.comparison import Contender, compare
from neurotui.app.comparison_text import figures_of, name_of, status_of
from neurotui.settings.file import SettingsFile
from tests.app.working import account_at, working
from tests.servers import Exchange, Server, answer, refuse


async def by_model(exchange: Exchange) -> None:
    """`a` answers, `b` begins, all others are refused."""
    match exchange.request.json["model"]:
        case "a":
            await answer("Привет, это весь ответ")(exchange)
        case "b":
            await exchange.head()
            await exchange.text("some words of an answer")
            await exchange.stall()
        case _:
            await refuse(401)(exchange)


async def test_each_tells_how_it_stands_and_what_it_took(tmp_path: Path) -> None:
    file = SettingsFile()
    file.change(("profiles", "neuroapi", "prices", "a"), {"input": 10.0, "output": 100.0})
    async with Server(by_model) as server, working(tmp_path, server, settings=file) as (workspace, _services):
        session = workspace.new()
        account = workspace.account_of(session)
        work = account_at(server, profile="work")
        asked = [Contender(account, "a"), Contender(account, "b"), Contender(work, "c\x1b[2J")]
        comparison = await compare(workspace, session, asked, "hi")
        done, running, refused = comparison.sessions
        assert status_of(comparison, done).parts and not figures_of(comparison, done), "nothing came yet"
        await server.until(lambda: comparison.running == [running] and bool(comparison.answer(running).text))
        finished = status_of(comparison, done)
        assert finished.sign == "✓" and finished.parts[0] == "finished"
        assert finished.parts[1].startswith("first token ")
        assert figures_of(comparison, done)[-1].startswith("$0.00")
        assert status_of(comparison, running).parts[0] == "writing"
        assert figures_of(comparison, running)[-2].startswith("≈ ")
        assert figures_of(comparison, running)[-1] == "price unknown"
        assert status_of(comparison, refused).sign == "✗" and figures_of(comparison, refused) == ()
        assert [name_of(comparison, each) for each in (done, running)] == ["a", "b"]
        named = name_of(comparison, refused)
        assert named.startswith("work:c") and "\x1b" not in named
        await workspace.stop_all()
