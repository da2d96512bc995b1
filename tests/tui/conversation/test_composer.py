from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Static, TextArea

from neurotui.app.folded_pastes import LONGEST_LINE
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Conversation, user_message
from neurotui.store.library import Library
from neurotui.store.store import Store
from neurotui.tui.conversation.drafts import INTERVAL
from neurotui.tui.dialogs.confirm import ConfirmScreen
from neurotui.tui.dialogs.help import HelpScreen
from neurotui.wire.events import Accepted, Connecting, Finished, FinishReason, Sent, TextDelta
from tests.chat.test_session import ENDLESS, FAILURE, Script
from tests.store.examples import library_of, rows
from tests.tui.chatting import Chat, chatting

KEY = "sk-proj-0123456789abcdef0123"


def drafts(*texts: str) -> list[Draft]:
    return [Draft(text) for text in texts]


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with chatting(tmp_path) as chat:
        yield chat


class TestTyping:
    async def test_enter_sends_and_the_input_is_empty(self, chat: Chat) -> None:
        await chat.type("привет, world 😀")
        await chat.press("enter")
        await chat.until(lambda: chat.asked == ["привет, world 😀"])
        assert chat.text == ""

    async def test_blanks_are_nothing_to_send(self, chat: Chat) -> None:
        await chat.press("space", "ctrl+j", "enter")
        assert chat.asked == []
        assert chat.text == " \n"

    async def test_a_new_line(self, chat: Chat) -> None:
        await chat.press("a", "ctrl+j", "b", "shift+enter", "c", "alt+enter", "d", "enter")
        await chat.until(lambda: chat.asked == ["a\nb\nc\nd"])

    async def test_a_backslash_before_enter_is_a_new_line(self, chat: Chat) -> None:
        await chat.press("a", "backslash", "enter", "b", "left", "backslash", "enter")
        assert chat.text == "a\n\nb"
        await chat.press("end", "enter")
        await chat.until(lambda: chat.asked == ["a\n\nb"])

    async def test_no_key_overtakes_another(self, chat: Chat) -> None:
        for key in ("a", "c", "left", "b", "end", "ctrl+j", "x", "backspace", "d", "enter", "n"):
            chat.app.post_message(_key(key))
        await chat.until(lambda: chat.asked == ["abc\nd"])
        assert chat.text == "n"

    async def test_it_grows_with_the_text_and_no_further_than_its_share(self, chat: Chat) -> None:
        heights = [chat.composer.outer_size.height]
        for _ in range(20):
            await chat.press("ctrl+j")
            heights.append(chat.composer.outer_size.height)
        assert heights[:4] == [3, 4, 5, 6]
        assert heights[-1] == 24 * 4 // 10
        assert chat.pane.key_bar.region.y == 23, "the keys stand on the last line whatever is typed"
        await chat.pilot.resize_terminal(80, 15)
        await chat.until(lambda: chat.pane.key_bar.region.y == 14)
        assert chat.composer.outer_size.height == 15 * 4 // 10

    async def test_wide_characters_and_long_lines_wrap(self, chat: Chat) -> None:
        await chat.type("漢字" * 40)
        assert chat.composer.outer_size.height == 5
        await chat.press("ctrl+home", "right", "x", "enter")
        await chat.until(lambda: chat.asked == ["漢x" + "字漢" * 39 + "字"])

    async def test_moving_deleting_undoing(self, chat: Chat) -> None:
        await chat.type("one two")
        await chat.press("ctrl+j")
        await chat.type("три слова")
        await chat.press(
            "ctrl+home", "A", "ctrl+end", "Z", "ctrl+left", "B", "home", "C", "up", "end", "ctrl+w"
        )
        assert chat.text == "Aone \nCтри BсловаZ"
        await chat.press("ctrl+z")
        assert chat.text == "Aone two\nCтри BсловаZ"
        await chat.press("ctrl+y")
        assert chat.text == "Aone \nCтри BсловаZ"

    async def test_cleared_by_ctrl_c_it_can_be_had_back(self, chat: Chat) -> None:
        await chat.type("long thought")
        await chat.press("ctrl+c")
        assert chat.text == ""
        await chat.press("ctrl+z")
        assert chat.text == "long thought"

    async def test_ctrl_c_copies_what_is_selected(self, chat: Chat) -> None:
        await chat.type("one two")
        await chat.press("shift+left", "shift+left", "ctrl+c")
        assert chat.app.clipboard == "wo"
        assert chat.text == "one two"

    async def test_what_is_typed_after_a_click_in_the_conversation_is_a_message(self, chat: Chat) -> None:
        await chat.press("a", "enter")
        await chat.until(lambda: bool(chat.asked) and not chat.pane.session.running)
        await chat.pilot.click(chat.pane.transcript, offset=(6, 3))
        await chat.press("r", "f", "e")  # which with the focus there ask again, fork and edit
        assert chat.text == "rfe"
        assert chat.asked == ["a"]

    async def test_page_keys_scroll_the_conversation(self, chat: Chat) -> None:
        conversation = Conversation()
        for number in range(60):
            conversation.put(user_message(f"line {number}", conversation.leaf_id))
        chat.pane.transcript.display = True
        chat.pane.transcript.show(conversation.path())
        await chat.pilot.pause()
        await chat.until(lambda: chat.pane.transcript.scroll_y == chat.pane.transcript.max_scroll_y > 0)
        bottom = chat.pane.transcript.scroll_y
        await chat.press("pageup")
        assert chat.pane.transcript.scroll_y < bottom
        await chat.press("pagedown")
        assert chat.pane.transcript.scroll_y == bottom
        await chat.type("abc")
        await chat.press("pageup", "home", "end")
        assert chat.pane.transcript.scroll_y < bottom
        await chat.press("end")
        assert chat.pane.transcript.scroll_y == bottom
        assert chat.composer.has_focus


class TestPasting:
    async def test_it_never_sends_and_is_fit_for_a_screen(self, chat: Chat) -> None:
        for pasted in (
            "rm -rf /\r",
            "a\r\nb\r\n",
            "a\x1b[13u\rb",
            "\x1b]52;c;aGk=\x07",
            "half \ud83d and \x00 and \u202e",
        ):
            await chat.paste(pasted)
        assert chat.asked == []
        assert not set("\x1b\x07\r\x00\ud83d\u202e") & set(chat.text)
        await chat.press("enter")
        await chat.until(lambda: len(chat.asked) == 1)
        chat.asked[0].encode()

    async def test_megabytes_do_not_stall_it(self, chat: Chat) -> None:
        text = "Съешь же ещё этих мягких французских булок, да выпей чаю.\n" * 50_000
        await chat.type("see: ")
        longest = asyncio.ensure_future(_longest_wait())
        await chat.paste(text)
        await chat.type("!")
        longest.cancel()
        assert chat.text.startswith("see: [paste · 50,000 lines · 5.2 MB · ") and chat.text.endswith("] !")
        assert await longest < 0.25  # TextArea alone takes 6 s
        assert [each.text for each in chat.composer.message.attachments] == [text]

    async def test_a_sign_is_one_character_to_the_cursor_and_to_deletion(self, chat: Chat) -> None:
        await chat.type("ab")
        await chat.press("left")
        await chat.paste("x" * (LONGEST_LINE + 1))
        sign = chat.text[1:-1]
        await chat.press("left", "Y")
        assert chat.text == f"aY{sign}b"
        await chat.press("right", "Z")
        assert chat.text == f"aY{sign}Zb"
        await chat.press("left", "backspace")
        assert chat.text == "aYZb"
        await chat.press("ctrl+z")
        assert chat.text == f"aY{sign}Zb"
        await chat.press("ctrl+home", "right", "right", "delete")
        assert chat.text == "aYZb"

    async def test_a_sign_is_unfolded_when_it_is_sent(self, chat: Chat) -> None:
        text = "word " * 700
        await chat.type("read ")
        await chat.paste(text)
        assert chat.text.startswith("read [paste 1: 3.5 KB")
        await chat.press("enter")
        await chat.until(lambda: chat.asked == [f"read {text}".strip()])

    async def test_what_was_copied_here_is_pasted_like_all_else(self, chat: Chat) -> None:
        chat.app.copy_to_clipboard("\x1b" + "word " * 700)
        await chat.press("ctrl+v")
        await chat.until(lambda: chat.text.startswith("[paste 1: 3.5 KB"))
        assert chat.composer.message.text.startswith("␛word")

    async def test_it_goes_into_the_input_wherever_the_focus_is(self, chat: Chat) -> None:
        chat.screen.set_focus(None)
        await chat.paste("text")
        assert chat.text == "text"
        assert chat.composer.has_focus

    async def test_a_key_is_asked_about_before_it_goes(self, chat: Chat) -> None:
        await chat.paste(f"my key: {KEY}\n")
        await chat.press("enter")
        assert isinstance(chat.app.screen, ConfirmScreen)
        told = str(chat.app.screen.query_one("#text", Static).content)
        assert KEY not in told
        assert f"{KEY[:3]}…{KEY[-4:]}" in told
        await chat.press("enter")
        assert chat.asked == []
        assert KEY in chat.text
        await chat.press("enter", "y")
        await chat.until(lambda: chat.asked == [f"my key: {KEY}"])

    async def test_what_is_no_key_is_not(self, chat: Chat) -> None:
        await chat.paste("task-0123456789abcdef0123")
        await chat.press("enter")
        await chat.until(lambda: chat.asked == ["task-0123456789abcdef0123"])


class TestCommands:
    async def test_a_slash_shows_the_commands_and_esc_hides_them(self, chat: Chat) -> None:
        await chat.press("slash")
        assert chat.composer.menu.display
        assert "/new" in chat.shown()
        assert "Begin a new conversation" in chat.shown()
        await chat.press("escape")
        assert not chat.composer.menu.display
        assert "Begin a new conversation" not in chat.shown()
        assert chat.text == "/"

    async def test_enter_does_the_command(self, chat: Chat) -> None:
        for typed in ("/help", "/he", "/рудз", "/help "):
            await chat.type(typed)
            await chat.press("enter")
            await chat.until(lambda: isinstance(chat.app.screen, HelpScreen))
            assert chat.text == ""
            await chat.press("escape")
        assert chat.asked == []

    async def test_tab_completes_and_the_arrows_choose(self, chat: Chat) -> None:
        await chat.press("slash", "down", "up", "down", "tab")
        second = chat.text
        assert second.startswith("/")
        await chat.press("ctrl+u", "slash", "up", "tab")
        last = list(chat.pane.commands.offered())[-1].slash
        assert chat.text == last
        assert second != last
        assert chat.composer.has_focus

    async def test_it_is_there_while_the_input_has_the_focus(self, chat: Chat) -> None:
        await chat.type("/he")
        chat.screen.set_focus(None)
        await chat.pilot.pause()
        assert chat.composer.menu.chosen is None
        chat.composer.focus()
        await chat.pilot.pause()
        assert chat.composer.menu.chosen is not None

    async def test_a_click_does_the_command(self, chat: Chat) -> None:
        await chat.type("/hel")
        await chat.pilot.pause()
        await chat.pilot.click(chat.composer.menu, offset=(4, 1))
        await chat.until(lambda: isinstance(chat.app.screen, HelpScreen))

    async def test_what_is_none_is_said_and_sent_by_another_enter(self, chat: Chat) -> None:
        await chat.type("/hlep me")
        await chat.press("enter")
        assert chat.asked == []
        assert "unknown command /hlep" in chat.note
        assert chat.text == "/hlep me"
        await chat.press("!", "backspace", "enter")
        assert chat.asked == []
        await chat.press("enter")
        await chat.until(lambda: chat.asked == ["/hlep me"])
        assert chat.note == ""

    async def test_a_text_can_begin_with_a_slash(self, chat: Chat) -> None:
        for number, typed in enumerate(("//help", " /help", "/etc/passwd is what?"), start=1):
            await chat.type(typed)
            await chat.press("enter")
            await chat.until(lambda number=number: len(chat.asked) == number and not chat.composer.busy)  # type: ignore[misc]
        assert chat.asked == ["/help", "/help", "/etc/passwd is what?"]

    async def test_one_with_an_argument(self, chat: Chat) -> None:
        await chat.type("/model ")
        await chat.press("enter")
        assert "/model needs NAME" in chat.note
        await chat.type("gpt-5 nano")
        await chat.press("enter")
        await chat.until(lambda: "gpt-5 nano @" in chat.shown())
        assert chat.text == ""
        await chat.type("hi")
        await chat.press("enter")
        await chat.until(lambda: chat.asked == ["hi"])
        assert chat.client.requests[0].model == "gpt-5 nano"

    async def test_the_palette_leaves_the_argument_to_the_input(self, chat: Chat) -> None:
        await chat.press("ctrl+p")
        await chat.type("model with this name")
        await chat.press("enter")
        await chat.until(lambda: chat.text == "/model ")

    async def test_the_demo_is_sent_its_own(self, tmp_path: Path) -> None:
        async with chatting(tmp_path / "demo", is_demo=True) as chat:
            await chat.type("/demo stall")
            await chat.press("enter")
            await chat.until(lambda: chat.asked == ["/demo stall"])

    async def test_stop_is_offered_only_while_something_runs(self, tmp_path: Path) -> None:
        async with chatting(tmp_path / "x", ENDLESS) as chat:
            await chat.type("/stop")
            assert chat.composer.menu.chosen is None
            await chat.press("ctrl+u", "q", "enter")
            await chat.until(lambda: chat.pane.session.running)
            await chat.type("/stop")
            await chat.press("enter")
            await chat.until(lambda: not chat.pane.session.running)


class TestWhileAnAnswerComes:
    async def test_the_next_message_waits_and_goes(self, tmp_path: Path) -> None:
        ending = asyncio.Event()
        slow: Script = [
            Connecting(),
            Sent(),
            Accepted(),
            TextDelta("text"),
            ending,
            FinishReason("stop"),
            Finished(True),
        ]
        async with chatting(tmp_path, slow) as chat:
            await chat.press("1", "enter", "2", "enter")
            assert "when the answer ends" in chat.note
            assert chat.text == "2"
            ending.set()
            await chat.until(lambda: chat.asked == ["1", "2"])
            assert chat.text == ""
            assert chat.note == ""

    async def test_a_change_takes_it_back(self, tmp_path: Path) -> None:
        ending = asyncio.Event()
        slow: Script = [
            Connecting(),
            Sent(),
            Accepted(),
            TextDelta("text"),
            ending,
            FinishReason("stop"),
            Finished(True),
        ]
        async with chatting(tmp_path, slow) as chat:
            await chat.press("1", "enter", "2", "enter")
            assert "when the answer ends" in chat.note
            await chat.press("3")
            assert chat.note == ""
            ending.set()
            await chat.until(lambda: not chat.pane.session.running)
            await chat.pilot.pause()
            assert chat.asked == ["1"]
            assert chat.text == "23"
            await chat.press("enter")
            await chat.until(lambda: chat.asked == ["1", "23"])

    async def test_after_a_stop_it_stays(self, tmp_path: Path) -> None:
        async with chatting(tmp_path, ENDLESS) as chat:
            await chat.press("1", "enter", "2", "enter", "escape")
            await chat.until(lambda: not chat.pane.session.running)
            await chat.pilot.pause()
            assert chat.asked == ["1"]
            assert chat.text == "2"
            assert chat.note == ""

    async def test_a_failed_question_does_not_push_it_away(self, tmp_path: Path) -> None:
        ending = asyncio.Event()
        async with chatting(tmp_path, [ending, *FAILURE]) as chat:
            await chat.press("1", "enter", "2", "enter")
            assert "when the answer ends" in chat.note
            ending.set()
            await chat.until(lambda: chat.asked == ["1"] and not chat.pane.session.running)
            assert chat.text == "2"
            await chat.press("ctrl+u", "up")
            assert chat.text == "1"


class TestEarlierPrompts:
    async def test_up_brings_back_and_down_returns_to_the_draft(self, chat: Chat) -> None:
        for prompt in ("first", "second"):
            await chat.type(prompt)
            await chat.press("enter")
            await chat.until(lambda prompt=prompt: prompt in chat.asked and not chat.composer.busy)  # type: ignore[misc]
        await chat.press("up")
        assert chat.text == "second"
        await chat.press("up")
        assert chat.text == "first"
        await chat.press("up", "down")
        assert chat.text == "second"
        await chat.press("down")
        assert chat.text == ""

    async def test_what_is_typed_filters(self, chat: Chat) -> None:
        chat.composer.remember(drafts("alpha one", "beta", "Alpha two"))
        await chat.type("al")
        await chat.press("up")
        assert chat.text == "Alpha two"
        await chat.press("up")
        assert chat.text == "alpha one"
        await chat.press("down", "down")
        assert chat.text == "al"

    async def test_within_a_text_of_several_lines_the_arrows_move(self, chat: Chat) -> None:
        chat.composer.remember(drafts("older", "one\ntwo\nthree"))
        await chat.press("up")
        assert chat.text == "one\ntwo\nthree"
        await chat.press("up")
        assert chat.text == "older"
        await chat.press("down", "left", "up", "X")
        assert chat.text == "one\ntwoX\nthree"
        await chat.press("up", "up")
        assert chat.text == "one\ntwoX\nthree"

    async def test_within_a_line_that_wraps_too(self, chat: Chat) -> None:
        chat.composer.remember(drafts("older"))
        await chat.type("слово " * 30)
        await chat.press("up", "X")
        assert "X" in chat.text

    async def test_prompts_of_all_conversations_survive_a_restart(self, tmp_path: Path) -> None:
        async with chatting(tmp_path) as chat:
            await chat.type("asked before")
            await chat.press("enter")
            await chat.until(lambda: chat.asked == ["asked before"] and not chat.composer.busy)
        async with chatting(tmp_path) as chat:
            await chat.until(lambda: bool(chat.composer.prompts._earlier))
            await chat.press("up")
            assert chat.text == "asked before"

    async def test_a_command_comes_back_with_what_it_was_given(self, chat: Chat) -> None:
        chat.composer.remember(drafts("older"))
        await chat.type("/persona nobodi")
        await chat.press("enter")
        await chat.until(lambda: any("nobodi" in notice for notice in chat.notices))
        await chat.press("up")
        assert chat.text == "/persona nobodi"
        await chat.press("up")
        assert chat.text == "older"
        await chat.press("down", "backspace", "y", "enter")
        await chat.until(lambda: any("nobody" in notice for notice in chat.notices))
        assert chat.asked == []

    async def test_one_from_elsewhere_is_made_fit_for_a_screen(self, chat: Chat) -> None:
        chat.composer.remember(drafts("\x1b]52;c;aGk=\x07"))
        await chat.press("up")
        assert chat.text == "␛]52;c;aGk=␇"


class TestDrafts:
    async def test_a_draft_survives_a_restart(self, tmp_path: Path) -> None:
        async with chatting(tmp_path) as chat:
            await chat.type("half a thou")
        async with chatting(tmp_path) as chat:
            await chat.until(lambda: chat.text == "half a thou")
            await chat.press("g", "h", "t", "enter")
            await chat.until(lambda: chat.asked == ["half a thought"])
        async with chatting(tmp_path) as chat:
            assert chat.text == ""

    async def test_it_is_kept_soon_not_only_at_the_end(self, tmp_path: Path) -> None:
        async with chatting(tmp_path) as chat:
            await chat.type("kept")
            await chat.until(lambda: rows(tmp_path, "SELECT text FROM drafts") == [("kept",)])

    async def test_what_is_typed_before_there_is_a_place_for_it_is_kept_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened = threading.Event()

        def left_draft(library: Library) -> tuple[str, str]:
            opened.wait(10)
            return "", ""

        monkeypatch.setattr(Library, "left_draft", left_draft)
        async with chatting(tmp_path) as chat:
            await chat.type("early")
            await chat.pilot.pause(2 * INTERVAL)
            opened.set()
            await chat.until(lambda: rows(tmp_path, "SELECT text FROM drafts") == [("early",)])

    async def test_what_is_typed_before_the_left_draft_is_found_stands_behind_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with chatting(tmp_path) as chat:
            await chat.type("half a ")
            own = chat.pane.session.conversation.id
        opened, left = threading.Event(), Library.left_draft

        def left_draft(library: Library) -> tuple[str, str]:
            opened.wait(10)
            return left(library)

        monkeypatch.setattr(Library, "left_draft", left_draft)
        async with chatting(tmp_path) as chat:
            await chat.type("thought")
            opened.set()
            await chat.until(lambda: chat.text == "half a thought")
            assert chat.pane.session.conversation.id == own
            assert chat.pane.workspace.sessions == [chat.pane.session]

    async def test_what_was_sent_before_the_left_draft_is_found_stays_in_front(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with chatting(tmp_path) as chat:
            await chat.type("half a thought")
        opened, left = threading.Event(), Library.left_draft

        def left_draft(library: Library) -> tuple[str, str]:
            opened.wait(10)
            return left(library)

        monkeypatch.setattr(Library, "left_draft", left_draft)
        async with chatting(tmp_path) as chat:
            await chat.type("quick")
            await chat.press("enter")
            await chat.until(lambda: chat.asked == ["quick"] and not chat.pane.session.running)
            session = chat.pane.session
            opened.set()
            await chat.pilot.pause(0.1)
            assert chat.pane.session is session and chat.text == ""
        assert library_of(tmp_path).drafts()[0].name == "half a thought"

    async def test_a_second_window_begins_with_an_empty_input(self, tmp_path: Path) -> None:
        async with chatting(tmp_path) as first:
            await first.type("first")
            await first.until(lambda: rows(tmp_path, "SELECT text FROM drafts") == [("first",)])
            async with chatting(tmp_path) as second:
                assert second.text == ""
                await second.type("second")
        assert sorted(rows(tmp_path, "SELECT text FROM drafts")) == [("first",), ("second",)]
        async with chatting(tmp_path) as chat:
            await chat.until(lambda: chat.text in {"first", "second"})
        assert sorted(rows(tmp_path, "SELECT text FROM drafts")) == [("first",), ("second",)]

    async def test_each_conversation_has_its_own(self, chat: Chat) -> None:
        await chat.press("1", "enter")
        await chat.until(lambda: chat.asked == ["1"] and not chat.composer.busy)
        first = chat.pane.session
        await chat.press("a")
        chat.pane.drafts.keep()  # as half a second later
        await chat.press("ctrl+n")
        await chat.until(lambda: chat.pane.session is not first)
        await chat.pilot.pause()
        assert chat.text == "a"  # a new one takes it along
        await chat.press("b")
        await chat.pane.open(first.conversation.id)
        await chat.until(lambda: chat.text == "")
        await chat.press("c", "ctrl+n")
        await chat.until(lambda: chat.text == "ab")

    async def test_the_question_that_failed_is_one(self, tmp_path: Path) -> None:
        async with chatting(tmp_path, FAILURE) as chat:
            await chat.press("q", "enter")
            await chat.until(lambda: chat.asked == ["q"] and chat.text == "q")

    @pytest.mark.parametrize(("more", "language"), [("", "en"), ("!", "ru")])
    async def test_the_question_that_failed_stays_where_it_was_asked(
        self, tmp_path: Path, more: str, language: str
    ) -> None:
        async with chatting(tmp_path, FAILURE, language=language) as chat:
            await chat.press("q", "enter")
            await chat.until(lambda: chat.asked == ["q"] and chat.text == "q")
            await chat.type(more)
            first = chat.pane.session
            await chat.press("ctrl+n")
            await chat.until(lambda: chat.pane.session is not first)
            await chat.pilot.pause()
            assert chat.text == ""
            await chat.type("new")
            await chat.pane.open(first.conversation.id)
            await chat.until(lambda: chat.text == f"q{more}")
            await chat.press("ctrl+u")
            await chat.type("another")
            await chat.press("ctrl+n")
            await chat.until(lambda: chat.text == "anothernew" or chat.text == "new")

    async def test_a_store_that_cannot_be_read_is_no_hindrance(self, tmp_path: Path) -> None:
        (tmp_path / "neurotui.db").mkdir()
        async with chatting(tmp_path) as chat:
            await chat.press("q", "enter")
            await chat.until(lambda: chat.asked == ["q"])


def test_textual_asks_for_what_is_overwritten() -> None:
    made = TextArea.edit.__code__.co_names
    assert {"update_suggestion", "history"} <= set(made)
    assert "update_suggestion" in TextArea.load_text.__code__.co_names
    assert "get_line" in TextArea._render_line.__code__.co_names


def test_prompts_are_read_from_the_conversations_that_are_there(tmp_path: Path) -> None:
    async def fill() -> None:
        for number in range(3):
            conversation = Conversation()
            question = user_message(f"question {number}", None)
            conversation.put(question)
            await store.journal.begin(conversation, question)
            if number == 1:
                deleted.append(conversation.id)
        await store.journal.aclose()

    deleted: list[str] = []
    store = Store(tmp_path)
    asyncio.run(fill())
    store.library.delete(deleted[0])
    assert store.library.prompts() == drafts("question 0", "question 2")
    assert store.library.prompts(1) == drafts("question 2")
    store.close()


def _key(key: str) -> events.Key:
    return events.Key(key, key if len(key) == 1 else None)


async def _longest_wait() -> float:
    """The longest time, until this is cancelled, that the event loop did nothing else."""
    longest, last = 0.0, time.perf_counter()
    try:
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
    except asyncio.CancelledError:
        return longest


async def test_escape_stops_the_answer_and_closes_the_menu_at_once(tmp_path: Path) -> None:
    async with chatting(tmp_path, ENDLESS) as chat:
        await chat.press("q", "enter")
        await chat.until(lambda: chat.pane.session.running)
        await chat.press("slash")
        assert chat.composer.menu.display
        await chat.press("escape")
        await chat.until(lambda: not chat.pane.session.running)
        assert not chat.composer.menu.display
        assert chat.text == "/"


async def test_what_was_pasted_can_be_undone_where_it_needed_a_scrollbar(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(40, 12)) as chat:
        await chat.paste("one\ntwo\nthree\n" * 9)
        await chat.press("ctrl+z")
        assert chat.text == ""
        await chat.press("ctrl+y")
        assert chat.text.count("three") == 9
