"""The script of the demo: from a question to the scene that answers it. Pure, but for reading its own texts.

The texts stand in `texts`, a file for each language, in sections that begin with `=== name`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from neurotui.api.demo.files import ReceivedFile, report

MODELS = ("neurotui-demo", "neurotui-demo-think", "neurotui-demo-fast")
"""The second one reasons before every answer, the third one is in a hurry."""
PAINTER = "neurotui-demo-picture"
"""The one that makes pictures, by a call of its own."""
PICTURE_PRICE = "0.04"
"""US dollars of play money a picture."""
PRICES = {
    "neurotui-demo": ("0.0000004", "0.0000016", "0.00000004"),
    "neurotui-demo-think": ("0.000002", "0.000008", "0.0000002"),
    "neurotui-demo-fast": ("0.0000001", "0.0000004", "0.00000001"),
}
"""US dollars a token of play money: of the question, of the answer, of what was read before."""

TOKENS_PER_SECOND = 50.0


@dataclass(frozen=True, slots=True)
class Scene:
    """How an answer goes, once it was accepted."""

    text: str = ""
    reasoning: str = ""
    tool: tuple[str, str] | None = None
    """The name and the arguments of a call that the model asks for."""
    finish: str = "stop"
    """The reason to end; empty where it never comes."""
    ending: str = "done"
    """`done`, or what happens in its place: `cut`, `reset`, `stall`; `pings`: for ever, and no text."""
    speed: float = TOKENS_PER_SECOND
    """Tokens a second; 0 for as fast as they come."""
    picture: str = ""
    """The prompt of a picture that comes after the text; empty where none does."""
    spoilt: bool = False
    """True if events that cannot be read come between the good ones."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with an error status, or a web page."""

    status: int
    message: str
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    web_page: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing comes back: `refuse` (nobody listens) or `silence`."""

    kind: str


Act = Scene | Refusal | NoAnswer


def act_for(
    questions: Sequence[str],
    model: str,
    language: str,
    *,
    limited_before: bool,
    files: Sequence[ReceivedFile] = (),
) -> Act:
    """The answer to the last of the questions of a conversation, which came with `files`.

    `language` is that of the interface, in which `/demo …` is answered; anything else is answered in the
    language of its letters. `limited_before` tells that `/demo 429` was refused just now.
    """
    question = questions[-1] if questions else ""
    command = re.match(r"\s*/demo\b(.*)", question, re.DOTALL)
    if command:
        act = _commanded(" ".join(command[1].lower().split()), texts_of(language), limited_before)
    else:
        if question.strip():
            language = "ru" if re.search("[а-яё]", question, re.IGNORECASE) else "en"
        if files:
            act = Scene(report(files, texts_of(language)))
        else:
            act = _answer(question, len(questions), texts_of(language))
    if isinstance(act, Scene) and model.endswith("-fast"):
        act = replace(act, speed=0)
    if isinstance(act, Scene) and model.endswith("-think") and not act.reasoning:
        act = replace(act, reasoning=texts_of(language)["reasoning"])
    return act


def gone_on(scene: Scene, so_far: str, texts: dict[str, str]) -> Scene:
    """Return how an answer goes on to its end from what came of it; one that did not begin so, as it is."""
    if not scene.text.startswith(so_far):
        return scene
    rest = texts.get(f"rest of {scene.finish if scene.ending == 'done' else scene.ending}", "")
    return Scene(scene.text[len(so_far) :] + rest, speed=scene.speed)


def tokens(text: str) -> Iterator[str]:
    """`text` in pieces of about the size of a model's tokens."""
    return (match[0] for match in re.finditer(r"\s*\S{1,6}|\s+", text))


def story(texts: dict[str, str], chance: random.Random) -> str:
    """A story of some thousands of words, in which no paragraph is like another."""

    def shuffled(name: str) -> Iterator[str]:
        lines = texts[f"story {name}"].splitlines()
        while True:
            yield from chance.sample(lines, len(lines))

    titles, places, people, things = map(shuffled, ("titles", "places", "people", "things"))
    kinds = ("arrivals", "sights"), ("meetings", "words", "replies"), ("finds", "thoughts", "partings")
    paragraphs = [[shuffled(name) for name in names] for names in kinds]
    parts = [texts["story opening"]]
    for number in range(1, len(texts["story titles"].splitlines()) + 1):
        place, who, thing = next(places), next(people), next(things)
        parts.append(f"## {number}. {next(titles)}")
        for sentences in paragraphs:
            paragraph = " ".join(next(sentence) for sentence in sentences)
            for slot, words in {"place": place, "Place": _capital(place), "who": who, "thing": thing}.items():
                paragraph = paragraph.replace(f"{{{slot}}}", words)
            parts.append(paragraph)
    return "\n\n".join([*parts, texts["story closing"]])


_TOPICS = {
    "picture": r"картин|рисун|нарис|\bpictures?\b|\bdraw",
    "thought": r"подумай|подумать|рассужд|поразмысл|\bthink|\breason",
    "story": r"длинн|истори|расска[зж]|сказк|\blong\b|\bstory\b|\btale\b",
    "code": r"\bкод\b|питон|программ|функци|\bcode\b|python|function",
    "markdown": r"markdown|маркдаун|таблиц|формул|список|\btable|\bmath|\blists?\b",
    "connection": r"пинг|соединен|статус|состояни|сервер|\bping|connection|status|server",
    "welcome": r"привет|здравств|помощ|помоги|клавиш|умеешь|\bhello\b|\bhi\b|\bhelp\b|\bkeys?\b|can you do",
}
"""Topics of questions by their words; the first that fits counts."""


def _answer(question: str, turn: int, texts: dict[str, str]) -> Scene:
    topic = next((name for name, words in _TOPICS.items() if re.search(words, question, re.IGNORECASE)), "")
    if not topic:
        topic = "welcome" if turn <= 1 else ("talk", "connection", "code")[turn % 3]
    if topic == "picture":
        return Scene(texts[topic], picture=question)
    if topic == "story":
        return Scene(story(texts, random.Random(question)))
    return Scene(texts[topic], reasoning=texts["reasoning"] if topic == "thought" else "")


def _commanded(name: str, texts: dict[str, str], limited_before: bool) -> Act:
    match name:
        case "":
            return Scene(texts["menu"])
        case "stall" | "cut" | "reset":
            return Scene(texts[name], finish="", ending=name)
        case "pings":
            return Scene(ending="pings")
        case "refuse" | "silence":
            return NoAnswer(name)
        case "429" if limited_before:
            return Scene(texts["worked"])
        case "429" | "429 forever":
            return Refusal(429, texts["error 429"], "rate_limit_exceeded", {"Retry-After": "3"})
        case "500":
            return Refusal(500, texts["error 500"], "internal_error")
        case "502":
            return Refusal(502, texts["error 502"], "upstream_unavailable")
        case "key":
            return Refusal(401, texts["error 401"], "invalid_api_key")
        case "balance":
            return Refusal(403, texts["error 403"], "pre_consume_token_quota_failed")
        case "model":
            return Refusal(404, texts["error 404"], "model_not_found")
        case "context":
            return Refusal(400, texts["error 400"], "context_length_exceeded")
        case "html":
            return Refusal(200, texts["error page"], web_page=True)
        case "filter":
            return Scene(texts["filter"], finish="content_filter")
        case "length":
            return Scene(texts["length"], finish="length")
        case "malformed":
            return Scene(texts["malformed"], spoilt=True)
        case "hostile":
            return Scene(_armed(texts["hostile"]))
        case "think":
            return Scene(texts["thought"], reasoning=texts["reasoning"])
        case "attachment":
            return Refusal(400, texts["error attachment"], "unsupported_image_media_type")
        case "picture":
            return Scene(texts[name], picture=name)
        case "tools":
            arguments = '{"city": "Москва", "days": 3}'
            return Scene(texts["tools"], tool=("get_weather", arguments), finish="tool_calls")
        case "markdown":
            return Scene(texts["markdown"])
        case "long":
            return Scene(story(texts, random.Random(0)))
        case "fast":
            return Scene("\n\n".join(story(texts, random.Random(seed)) for seed in range(4)), speed=0)
        case _:
            return Scene(texts["unknown"])


def _armed(text: str) -> str:
    """The hostile text with its weapons: the file holds their names, so that it can be read safely."""
    weapons = {"ESC": "\x1b", "BEL": "\a", "BS": "\b", "TAB": "\t", "RLO": "\u202e", "PDF": "\u202c"}
    for name, weapon in (weapons | {"MARKS": "\u0336\u0489\u034f\u0321" * 10}).items():
        text = text.replace(f"{{{name}}}", weapon)
    return text


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


@lru_cache
def texts_of(language: str) -> dict[str, str]:
    """The sections of a language's file by name."""
    file = Path(__file__).parent / "texts" / f"{language}.txt"
    _, *sections = re.split(r"^=== (.+)\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(sections[::2], (text.strip("\n") for text in sections[1::2]), strict=True))
