"""Completion objects, from parsed JSON to what a reply is made of.

Servers that call themselves compatible agree on little more than `choices[0].delta.content`. Any field may be
missing, null or of another type; text comes as a string or in parts, reasoning in four places, counts of
tokens in three. All of it is taken where it is found, once, and what has another shape is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from neurotui.wire.channels import ChannelReader, Said, Saying
from neurotui.wire.events import (
    Cited,
    ContentEvent,
    FinishReason,
    MediaReceived,
    ModelReport,
    PartReceived,
    ReasoningDelta,
    ReasoningEnded,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from neurotui.wire.media import MediaReader
from neurotui.wire.reasoning import is_thought, joined, reasoning_of
from neurotui.wire.sources import SourceReader
from neurotui.wire.surrogates import repair
from neurotui.wire.thinking import Echo, LateTag, ThinkingSplitter, begins_with_tag
from neurotui.wire.toolcalls import ToolCalls
from neurotui.wire.usage import joined_usage, read_usage

_MEDIA = ("images", "image", "image_url", "videos", "video", "files")
"""Fields of a delta or a message that hold what is no text."""
_SOURCES = ("citations", "search_results")
_OTHER = frozenset({"audio", "annotations", *_MEDIA, *_SOURCES})
"""Fields of a delta that hardly any has: they are looked for one by one only where one is there."""
_MOST_BLANK = 1000
"""Blanks before the first word of reasoning that are kept."""


class ChunkReader:
    """Reader of the chunks of one reply in their order, or of the one object that is the whole reply."""

    def __init__(self) -> None:
        self.finish_reason = ""
        """The last word for why the model ended."""
        self.speaks_of_finishing = False
        """True if the server ever named the field, if only to say null."""
        self.took_message = False
        """True if an answer came in one piece, as a `message` in the place of deltas."""
        self.unread: object = None
        """A value in the place of text in the last object, in a shape that cannot be read."""
        self.spoke = False
        """True once there was anything in the reply."""
        self._streamed = False
        self._told: dict[str, str | None] = {}
        self._thinking = ThinkingSplitter()
        self._late = LateTag()
        self._channels: ChannelReader | None = None
        self._channel_calls = 0
        self._echo = Echo()
        self._model_known = False
        self._usage: Usage | None = None
        self._calls = ToolCalls()
        self._blank = ""  # reasoning so far, as long as there is no word in it
        self._reasoned = self._worded = False
        self._parts = MediaReader()
        self._sources = SourceReader(self._parts)
        self._half = ""
        self._half_of: Callable[[str], ContentEvent] = TextDelta
        self._out: list[ContentEvent] = []

    def read(self, chunk: Mapping[str, object]) -> list[ContentEvent]:
        """Return the events of one object."""
        out = self._out = []
        self.unread = None
        model = chunk.get("model")
        if model and not self._model_known and isinstance(model, str):
            self._model_known = True
            out.append(ModelReport(repair(model)))
        choices = chunk.get("choices")
        if isinstance(choices, list):
            for position, choice in enumerate(choices):
                if isinstance(choice, dict):
                    index = choice.get("index", position)
                    if index == 0 or index == "0" or (index is None and position == 0):
                        self._read_choice(choice)
        self._read_other(chunk)
        self._count(chunk.get("usage"))
        groq = chunk.get("x_groq")
        if isinstance(groq, dict):
            self._count(groq.get("usage"))
        return out

    def flush(self, *, whole: bool) -> list[ContentEvent]:
        """Return what was kept back in the hope of more; half a sound is kept back for good."""
        out = self._out = []
        self._release()
        if whole:
            self._add(self._parts.end_sounds())
        return out

    def _read_choice(self, choice: Mapping[str, object]) -> None:
        delta = choice.get("delta")
        if delta and not isinstance(delta, dict):
            self.unread = delta
        elif isinstance(delta, dict) and self._read_part(delta):
            self._streamed = True
        elif not self._streamed:
            # After deltas a message can only repeat them.
            message = choice.get("message")
            if isinstance(message, dict):
                self.took_message = True
                self._read_part(self._news_of(message))
            else:
                self._read_content(choice.get("text"))
        self._read_other(choice)
        if "finish_reason" in choice:
            self.speaks_of_finishing = True
            reason = choice["finish_reason"]
            if reason and reason != "null" and reason != self.finish_reason and isinstance(reason, str):
                self._release()
                self.finish_reason = repair(reason)
                self._out.append(FinishReason(self.finish_reason))
        if "usage" in choice:
            self._count(choice["usage"])

    def _news_of(self, message: Mapping[str, object]) -> dict[str, object]:
        """A message without what those before it said, where each repeats the answer so far."""
        news = dict(message)
        for name, text in message.items():
            if isinstance(text, str):
                before = self._told.get(name, "")
                repeats = before is not None and text.startswith(before)
                self._told[name] = text if repeats else None
                news[name] = text[len(before) :] if before is not None and repeats else text
        return news

    def _read_part(self, part: Mapping[str, object]) -> bool:
        """Read a delta or a message; return True if there was anything in it."""
        reasoning = reasoning_of(part)
        if reasoning:
            self._echo.note(reasoning)
            self._say(ReasoningDelta, reasoning)
        content = part.get("content") or part.get("text")
        if content:
            if "extra_content" in part and isinstance(content, str) and is_thought(part["extra_content"]):
                self._read_thought(content)
            else:
                self._read_content(content)
        refusal = part.get("refusal")
        if refusal and isinstance(refusal, str):
            self._say(RefusalDelta, refusal)
        calls = part.get("tool_calls")
        if calls and isinstance(calls, list):
            for call in calls:
                if isinstance(call, dict):
                    self._read_call(call)
        function = part.get("function_call")
        if function and isinstance(function, dict):
            self._read_call({"index": 0, "function": function})
        more = self._read_other(part)
        return bool(reasoning or content or refusal or calls or function or more)

    def _read_other(self, part: Mapping[str, object]) -> bool:
        """Read what an object has beside texts and calls; true if there was any of it."""
        if _OTHER.isdisjoint(part):
            return False
        before = len(self._out)
        audio = part.get("audio")
        if audio:
            self._read_audio(audio, part.get("content"))
        for name in _MEDIA:
            media = part.get(name)
            for item in media if isinstance(media, list) else [media]:
                if item and isinstance(item, str | dict):
                    self._add(self._parts.read(item, name.rstrip("s").removesuffix("_url")))
        for name in ("annotations", *_SOURCES):
            if name in part:
                self._add(self._sources.read(part[name]))
        return len(self._out) > before

    def _read_audio(self, audio: object, content: object = None) -> None:
        """Read sound: its transcript is the text of the answer, unless that stands beside it."""
        transcript = audio.get("transcript") if isinstance(audio, dict) else None
        if isinstance(transcript, str) and transcript != content:
            self._read_text(transcript)
        self._add(self._parts.read_sound(audio))

    def _add(self, events: Iterable[PartReceived | MediaReceived | Cited]) -> None:
        for event in events:
            self.spoke = True
            self._out.append(event)

    def _read_content(self, content: object) -> None:
        if isinstance(content, str):
            self._read_text(content)
            return
        if content and not isinstance(content, list | dict):
            self.unread = content
        for part in content if isinstance(content, list) else [content]:
            match part:
                case str():
                    self._read_text(part)
                case {"type": "thinking", "thinking": thoughts}:
                    self._say(ReasoningDelta, self._echo.filter(joined(thoughts)))
                case {"type": "reasoning", "summary": summary}:
                    self._say(ReasoningDelta, self._echo.filter(joined(summary)))
                case {"text": str(text)} | {"text": {"value": str(text)}}:
                    self._read_text(text)
                case {"refusal": str(refusal)}:
                    self._say(RefusalDelta, refusal)
                case {"type": "audio" | "output_audio", "audio": dict(audio)}:
                    self._read_audio(audio)
                case {"type": "audio" | "output_audio", "data": str()}:
                    self._read_audio(part)
                case dict():
                    self._add(self._parts.read(part))

    def _read_thought(self, text: str) -> None:
        """Read what Gemini marks as thought: with tags around it all, at any place, or without."""
        if not self._thinking.inside:
            if not begins_with_tag(text):
                self._say(ReasoningDelta, text)
                return
            self._thinking = ThinkingSplitter()
        self._read_text(text)

    def _read_text(self, text: str) -> None:
        if self._channels is not None:
            self._say_channels(self._channels.feed(text))
        elif self._thinking.settled:
            self._say_answer(self._late.feed(text))
        else:
            self._say_parted(self._thinking.feed(text))
            if self._thinking.channels:
                self._channels = ChannelReader()
                self._say_channels(self._channels.feed(self._thinking.channels))

    def _say_parted(self, parted: tuple[str, str]) -> None:
        reasoning, answer = parted
        if self._thinking.tagged:
            self._say(TextDelta, self._late.give_up())
        if reasoning:
            self._say(ReasoningDelta, self._echo.filter(reasoning))
        if answer:
            self._say_answer(self._late.feed(answer))

    def _say_answer(self, parted: tuple[str, str, str]) -> None:
        """Say an answer without an opening tag, of which all so far was reasoning if a closing tag comes."""
        before, mark, after = parted
        self._say(TextDelta, before)
        if mark and self._reasoned and self._worded:
            self._say(TextDelta, mark)  # the reasoning is known from elsewhere: this is about tags
        elif mark:
            self._fill_half()
            self._out.append(ReasoningEnded(repair(mark)))
        self._say(TextDelta, after)

    def _say_channels(self, pieces: Iterable[Said]) -> None:
        for piece in pieces:
            match piece.what:
                case Saying.REASONING:
                    self._say(ReasoningDelta, self._echo.filter(piece.text))
                case Saying.TEXT:
                    self._say(TextDelta, piece.text)
                case Saying.CALL:
                    self._channel_calls += 1
                    self._read_call(self._channel_call(name=piece.text))
                case Saying.ARGUMENTS:
                    self._read_call(self._channel_call(arguments=piece.text))

    def _channel_call(self, **function: str) -> dict[str, object]:
        return {"index": f"channel {self._channel_calls}", "function": function}

    def _read_call(self, piece: Mapping[str, object]) -> None:
        self.spoke = True
        call, news, arguments = self._calls.read(piece)
        if news is not None:
            self._out.append(ToolCallDelta(call.index, repair(news.id), repair(news.name)))
        self._say(call.more, arguments)

    def _count(self, usage: object) -> None:
        if usage and isinstance(usage, dict):
            counted = read_usage(usage)
            if counted != Usage() and (counted := joined_usage(self._usage, counted)) != self._usage:
                self._usage = counted
                self._out.append(counted)

    def _say(self, make: Callable[[str], ContentEvent], text: str) -> None:
        """Add text in valid Unicode: half of a surrogate pair waits for the delta with the other half."""
        if make is ReasoningDelta and not self._reasoned:
            text = self._blank + text
            self._reasoned = bool(text) and not text.isspace()
            self._blank = "" if self._reasoned else text[:_MOST_BLANK]
            text = text if self._reasoned else ""  # blanks alone are no reasoning
        if not text:
            return
        self.spoke = True
        self._worded |= make is TextDelta and not text.isspace()
        if self._half:
            if make == self._half_of:
                text = self._half + text
            else:
                self._out.append(self._half_of("\ufffd"))
            self._half = ""
        if not text.isascii():
            if "\ud800" <= text[-1] <= "\udbff":
                self._half, self._half_of, text = text[-1], make, text[:-1]
            text = repair(text)
        if text:
            self._out.append(make(text))

    def _release(self) -> None:
        self._say_parted(self._thinking.close())
        self._say_answer(self._late.close())
        if self._channels is not None:
            self._say_channels(self._channels.close())
        self._fill_half()

    def _fill_half(self) -> None:
        """Give up waiting for the other half of a surrogate pair."""
        if self._half:
            self._half = ""
            self._out.append(self._half_of("\ufffd"))
