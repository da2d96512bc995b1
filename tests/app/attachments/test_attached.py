"""Files on their whole way: into the store, to a real server, and out of its answer."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from neurotui.chat.attachments import Attachment, AttachmentKind
from neurotui.chat.conversation import Status
from neurotui.chat.receipts import receipt
from neurotui.store.store import Store
from tests.app.working import account_at, know_prices, working
from tests.chat.pictures import base64_of, png
from tests.servers import Exchange, Server, answer, refuse

PICTURE = png(30, 20)


def picture(store: Store, name: str = "кот.png", data: bytes = PICTURE) -> Attachment:
    return Attachment(AttachmentKind.IMAGE, name, "image/png", store.blobs.put(data))


def picture_url(data: bytes = PICTURE) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


async def draw(exchange: Exchange) -> None:
    await exchange.body(200, {"data": [{"b64_json": base64_of(PICTURE), "revised_prompt": "a grey cat"}]})


async def test_the_server_gets_the_bytes_each_turn_though_the_file_is_gone(tmp_path: Path) -> None:
    async with (
        Server([answer("a cat"), answer("grey")]) as server,
        working(tmp_path, server) as (workspace, services),
    ):
        session = workspace.new()
        await session.send("What is this?", (picture(services.store),))
        await session.send("Which colour?")
    first, second = (request.body for request in server.chats)
    [said] = server.chats[0].json["messages"]
    assert said["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": picture_url()}},
    ]
    shared = first[: first.index(b'], "stream"') - 1]
    assert second.startswith(shared), "the bytes of earlier turns stay what they were"


async def test_after_a_restart_as_well(tmp_path: Path) -> None:
    async with Server([answer("a cat"), answer("grey")]) as server:
        async with working(tmp_path, server) as (workspace, services):
            session = workspace.new()
            await session.send("What is this?", (picture(services.store),))
        async with working(tmp_path, server) as (workspace, services):
            found = services.store.library.latest()
            assert found is not None
            opened = await workspace.open(found.id)
            assert opened is not None
            await opened.send("Which colour?")
    assert picture_url().encode() in server.chats[1].body


async def test_one_that_is_damaged_is_told_and_nothing_leaves(tmp_path: Path) -> None:
    async with Server(answer("yes")) as server, working(tmp_path, server) as (workspace, services):
        session = workspace.new()
        lost = picture(services.store)
        path = services.store.blobs.path(lost.blob.digest)
        assert path is not None
        path.write_bytes(PICTURE[::-1])
        asked = await session.send("What is this?", (lost,))
        assert asked.status is Status.FAILED
        assert asked.error is not None and "кот.png" in asked.error.title
        assert not server.chats
        assert (await session.send("And without?")).text == "yes"


async def test_what_the_server_says_of_a_picture_is_told_as_that(tmp_path: Path) -> None:
    words = "This model does not support image input"
    async with (
        Server([refuse(400, message=words), refuse(400, message=words)]) as server,
        working(tmp_path, server) as (workspace, services),
    ):
        session = workspace.new()
        asked = await session.send("What is this?", (picture(services.store),))
        assert asked.error is not None
        assert (asked.error.kind, asked.error.message) == ("attachment", words)
        asked = await session.send("No picture")
        assert asked.error is not None and asked.error.kind == "request"


async def test_a_picture_is_made_kept_and_shown_to_the_next_model(tmp_path: Path) -> None:
    async with (
        Server(answer("a cat"), paths={"/images/generations": draw}) as server,
        working(tmp_path, server) as (workspace, services),
    ):
        know_prices(services, server)
        session = workspace.new()
        made = await session.make_picture("a cat", "painter", {"size": "512x512"})
        assert made.status is Status.COMPLETE and receipt(made) is None
        [kept] = made.attachments
        with services.store.blobs.open(kept.blob) as file:
            assert file.read() == PICTURE
        assert (kept.media_type, kept.text) == ("image/png", "a grey cat")
        assert made.bill is not None and made.bill.asked_model == "painter"
        assert session.conversation.chosen_model != "painter"
        await session.send("What did you draw?")
        again = await session.ask_again(made.id)
        assert again.attachments == made.attachments and again.parent_id == made.parent_id
    assert server.requests[0].json == server.requests[-1].json
    assert server.requests[0].json == {"model": "painter", "prompt": "a cat", "n": 1, "size": "512x512"}
    question, answered, last = server.chats[0].json["messages"]
    assert (question["content"], answered) == ("a cat", {"role": "assistant", "content": "[picture-1.png]"})
    content = last["content"]
    assert {"type": "image_url", "image_url": {"url": picture_url()}} in content


async def test_a_stop_keeps_that_the_picture_may_be_billed(tmp_path: Path) -> None:
    async with (
        Server(paths={"/images/generations": Exchange.stall}) as server,
        working(tmp_path, server) as (workspace, _),
    ):
        session = workspace.new()
        reply = session.make_picture("a cat", "painter")
        await server.until(lambda: server.requests)
        await session.stop()
        made = await reply
        assert made.status is Status.STOPPED
        ended = receipt(made)
        assert ended is not None and "bill" in ended.note
        await server.until(lambda: server.closed_at)


@pytest.mark.parametrize("times", [1, 3])
async def test_a_stop_while_a_file_leaves_keeps_that_nothing_was_billed(times: int, tmp_path: Path) -> None:
    async def never(_: object) -> None:
        await asyncio.Event().wait()

    async with Server(connect=never) as server, working(tmp_path, server) as (workspace, services):
        session = workspace.new()
        reply = session.send("What?", (picture(services.store, data=PICTURE + bytes(9_000_000)),))
        await server.until(lambda: session.turn is not None and session.turn.phase == "sending")
        for _ in range(times):
            await session.stop()
        stopped = await reply
        assert stopped.status is Status.STOPPED
        assert stopped.bill is not None and stopped.bill.prompt_tokens == 0
        ended = receipt(stopped)
        assert ended is not None and "bill" not in ended.note


async def test_a_model_that_only_draws_is_asked_by_its_own_call_each_time(tmp_path: Path) -> None:
    listed = {"id": "painter", "supported_endpoint_types": ["image-generation"]}

    async def models(exchange: Exchange) -> None:
        await exchange.body(200, {"object": "list", "data": [listed]})

    async with (
        Server(paths={"/images/generations": draw, "/models": models}) as server,
        working(tmp_path, server, account=account_at(server, model="painter")) as (workspace, _),
    ):
        await workspace.account_of(workspace.new()).learn_abilities()
        session = workspace.new()
        session.conversation.parameters |= {"temperature": 0.5, "size": "512x512"}
        made = await session.send("a cat")
        again = await session.ask_again(made.id)
        assert len(made.attachments) == len(again.attachments) == 1
    asked = [request.json for request in server.requests if request.method == "POST"]
    assert asked == 2 * [{"model": "painter", "prompt": "a cat", "n": 1, "size": "512x512"}]
