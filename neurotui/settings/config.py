"""The settings: each with its name, explanation, default and limits.

The settings file, the settings screen and the reference in the README all come from these fields. They are
values: `neurotui.settings.file` reads them from TOML and writes the changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from typing import Any

from neurotui.i18n import LANGUAGES, N_

DEFAULT_PROFILE = "neuroapi"
"""The profile in use if none is chosen; without a table of its own it is NeuroAPI."""
AUTO = "auto"
"""The theme that goes with the terminal."""
DEAREST = 1e9
"""No price of a million tokens is more, nor are so many units of any currency a dollar."""


@dataclass(frozen=True, slots=True)
class About:
    """Facts about a setting, besides its name and its default."""

    title: str
    """For the settings screen; not yet translated."""
    explanation: str
    """One sentence; not yet translated."""
    choices: tuple[str, ...] = ()
    """The possible values; empty if any will do."""
    least: float | None = None
    most: float | None = None
    of: type | None = None
    """Type of a table's entries: a dataclass, `tuple` for lists of texts, or `object` for any JSON value."""
    is_currency: bool = False
    """True if a text must be a currency, or empty."""


def setting(
    default: Any,
    title: str,
    explanation: str,
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    most: float | None = None,
    of: type | None = None,
    secret: bool = False,
    currency: bool = False,
) -> Any:
    """Return a dataclass field for a setting; `default` is a value, or the type of an empty one.

    A `secret` is in no repr, and so in no traceback.
    """
    metadata = {"about": About(title, explanation, choices, least, most, of, currency)}
    if isinstance(default, type):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata, repr=not secret)


def about(setting: Field[Any]) -> About:
    """Return the facts about a field made by `setting`."""
    found = setting.metadata["about"]
    assert isinstance(found, About)
    return found


def default_of(setting: Field[Any]) -> Any:
    """Return the value of a field that is not in the file."""
    make: Callable[[], Any] | Any = setting.default_factory
    return setting.default if make is MISSING else make()


@dataclass(frozen=True, slots=True)
class Price:
    """Price of a model, per million tokens, in the currency of the budget."""

    input: float = setting(
        0.0, N_("Input"), N_("Price of a million tokens of the prompt"), least=0, most=DEAREST
    )
    output: float = setting(
        0.0, N_("Output"), N_("Price of a million tokens of the answer"), least=0, most=DEAREST
    )
    cached: float = setting(
        0.0,
        N_("Cached input"),
        N_("Price of a million tokens of the prompt that were cached"),
        least=0,
        most=DEAREST,
    )


@dataclass(frozen=True, slots=True)
class Header:
    """A header of the requests to a server; in the file, a text alone is its value."""

    value: str = setting("", N_("Value"), N_("Its value"), secret=True)
    command: str = setting(
        "", N_("Command"), N_("Command that prints the value, in place of one"), secret=True
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """A server and what belongs to it."""

    base_url: str = setting(
        "", N_("Address"), N_("Address of the server, such as https://neuroapi.host/v1; empty for NeuroAPI")
    )
    model: str = setting("", N_("Model"), N_("Model that a new conversation begins with"))
    key: str = setting(
        "file",
        N_("Key"),
        N_("Where the API key is kept: file (only you can read it) or keyring (the system's)"),
        choices=("file", "keyring"),
    )
    key_command: str = setting(
        "", N_("Key command"), N_("Command that prints the API key, such as: pass show neuroapi")
    )
    headers: Mapping[str, Header] = setting(
        dict,
        N_("Headers"),
        N_(
            'Headers of each request to this server and no other: X-Title = "me", '
            'X-Token = { command = "pass show gateway" }, Authorization = "Basic name:password"'
        ),
        of=Header,
    )
    prices: Mapping[str, Price] = setting(
        dict,
        N_("Prices"),
        N_("What each model costs, where the server does not tell: a table with input, output and cached"),
        of=Price,
    )
    currency: str = setting(
        "",
        N_("Currency"),
        N_("Currency that the server sells in, such as RUB; empty for US dollars"),
        currency=True,
    )
    rate: float = setting(
        0.0,
        N_("Rate"),
        N_("Units of that currency for a dollar of the server's prices"),
        least=0,
        most=DEAREST,
    )
    balance: str = setting(
        "",
        N_("Balance in"),
        N_("Currency that the server tells its balance in, such as RUB; empty for US dollars"),
        currency=True,
    )
    group: str = setting(
        "", N_("Price group"), N_("Group of the key at a New API gateway, by which it has its prices")
    )


@dataclass(frozen=True, slots=True)
class Persona:
    """A named system prompt, with a model and parameters."""

    system_prompt: str = setting(
        "", N_("System prompt"), N_("Instructions for the model before a conversation")
    )
    model: str = setting("", N_("Model"), N_("Model to change to; empty to stay with the one in use"))
    parameters: Mapping[str, object] = setting(
        dict, N_("Parameters"), N_("Parameters of each request, such as temperature = 0.2"), of=object
    )


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits on spending; an answer that reaches one is stopped. 0 means no limit."""

    answer_tokens: int = setting(
        0, N_("Tokens per answer"), N_("Stop an answer at this many tokens; 0 for no limit"), least=0
    )
    answer_cost: float = setting(
        0.0,
        N_("Money per answer"),
        N_("Stop an answer that costs this much; 0 for no limit"),
        least=0,
    )
    day_tokens: int = setting(
        0,
        N_("Tokens per day"),
        N_("Stop when the answers of a day have this many tokens; 0 for no limit"),
        least=0,
    )
    day_cost: float = setting(
        0.0,
        N_("Money per day"),
        N_("Stop when the answers of a day cost this much; 0 for no limit"),
        least=0,
    )
    month_tokens: int = setting(
        0,
        N_("Tokens per month"),
        N_("Stop when the answers of a month have this many tokens; 0 for no limit"),
        least=0,
    )
    month_cost: float = setting(
        0.0,
        N_("Money per month"),
        N_("Stop when the answers of a month cost this much; 0 for no limit"),
        least=0,
    )
    ask_above: float = setting(
        0.0,
        N_("Ask above"),
        N_("Ask before a message is sent whose answer may cost more than this; 0 for never"),
        least=0,
    )
    currency: str = setting(
        "USD",
        N_("Currency"),
        N_("Currency of these limits and of the prices that are set by hand, such as USD or RUB"),
        currency=True,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings."""

    language: str = setting(
        "", N_("Language"), N_("Language of the interface; empty for the system's"), choices=("", *LANGUAGES)
    )
    theme: str = setting(
        AUTO, N_("Theme"), N_("Colours of the interface; auto follows the terminal, dark or light")
    )
    text_width: int = setting(
        100,
        N_("Text width"),
        N_("Columns that a line of text may take on a wide screen"),
        least=40,
        most=1000,
    )
    notify_after: float = setting(
        10.0,
        N_("Notify after"),
        N_("Ring when an answer that took this many seconds ends while you are away; 0 for never"),
        least=0,
    )
    stream: bool = setting(
        True, N_("Streaming"), N_("Show an answer as it comes; without it, a stop does not stop the bill")
    )
    transcript_format: str = setting(
        "md",
        N_("Transcripts"),
        N_("Format in which a conversation is saved: md, json, txt or html; the last one is remembered"),
        choices=("md", "json", "txt", "html"),
    )
    mouse: bool = setting(
        True,
        N_("Mouse"),
        N_("Take clicks and the wheel; without it the terminal keeps its mouse; from the next start on"),
    )
    plain: bool = setting(
        False, N_("Plain"), N_("Start the chat line by line, for screen readers, as --plain does")
    )
    system_prompt: str = setting(
        "", N_("System prompt"), N_("Instructions for the model at the start of each new conversation")
    )
    profile: str = setting("", N_("Profile"), N_("Server in use: the name of one of the profiles"))
    profiles: Mapping[str, Profile] = setting(
        dict, N_("Profiles"), N_("Servers, each with its key and its model"), of=Profile
    )
    budget: Budget = setting(
        Budget, N_("Budget"), N_("Spending limits; an answer that reaches one is stopped")
    )
    personas: Mapping[str, Persona] = setting(
        dict, N_("Personas"), N_("System prompts that have a name, with a model and parameters"), of=Persona
    )
    keys: Mapping[str, tuple[str, ...]] = setting(
        dict, N_("Keys"), N_('Other keys for commands, such as new = ["ctrl+t"]'), of=tuple
    )

    @property
    def active_profile(self) -> str:
        """The name of the profile in use."""
        return self.profile or DEFAULT_PROFILE


def find(key: tuple[str, ...]) -> Field[Any] | None:
    """Return the setting at `key`, the names of its tables and its own; None for a name the user chose."""
    kind: type | None = Settings
    found = None
    names = iter(key)
    for name in names:
        if kind is None or not is_dataclass(kind):
            return None
        found = next((field for field in fields(kind) if field.name == name), None)
        if found is None:
            return None
        default = default_of(found)
        if isinstance(default, dict):
            kind = about(found).of
            if next(names, None) is not None:
                found = None
        else:
            kind = type(default)
    return found
