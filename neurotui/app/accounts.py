"""Accounts: servers as the user reaches them, each with an address, a key, its models and its balance.

An account is shared by all sessions that talk to it. A change of its key or address makes a new one; replies
that run with the old one go on to their end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Never, Protocol, TypeAlias
from urllib.parse import urlsplit

from neurotui.api.client import ChatClient
from neurotui.api.endpoint import DEFAULT_BASE_URL, Endpoint, Secret, normalise_base_url
from neurotui.app.endpoints import endpoint_of, endpoint_with_key
from neurotui.app.server_refs import DEMO, RECORDING, ServerRef
from neurotui.chat import ports
from neurotui.errors import BadBaseURL, ConfigurationError, KeyMissing, NeurotuiError
from neurotui.settings import api_keys as keys
from neurotui.settings.api_keys import KeyPlace
from neurotui.settings.config import DEFAULT_PROFILE
from neurotui.settings.credentials import Credentials, resolve
from neurotui.settings.file import SettingsFile
from neurotui.settings.headers import is_secret
from neurotui.wire.price import Price

if TYPE_CHECKING:
    from neurotui.api.catalogue import Balance as Balance
    from neurotui.api.catalogue import ModelInfo as ModelInfo
    from neurotui.api.demo.transport import DemoTransport
    from neurotui.api.encoding import Blobs as Blobs
    from neurotui.api.recording.format import RecordedExchange
    from neurotui.app.money.balance_days import Reading

DEMO_MODEL = "neurotui-demo"
SETTLING = 10.0
"""Least time after an answer until its server has billed it (seconds)."""

_HOSTED = (
    *("neuroapi.host", "openai.com", "azure.com", "openrouter.ai", "deepseek.com", "groq.com", "mistral.ai"),
    *("googleapis.com", "anthropic.com", "x.ai", "together.xyz", "fireworks.ai", "cerebras.ai"),
    "moonshot.ai",
)
"""Domains of services that are known to require a key."""

Keep: TypeAlias = "Callable[[RecordedExchange], None]"
"""A recorder that each exchange with a server is passed to."""


class Client(ports.Client, Protocol):
    """The network, as an account needs it."""

    blobs: Blobs | None
    """The bytes of the files that requests carry."""

    async def warm(self) -> None:
        """Open a connection before it is needed. Silent on failure."""

    async def models(self) -> Sequence[ModelInfo]:
        """Return the models of the key. Raises NeurotuiError."""

    async def prices(self, group: str = "") -> Mapping[str, Price] | None:
        """Return the prices in catalogues beside the list of models; None if they may be had soon."""

    async def balance(self) -> Balance | None:
        """Return the money spent and left; None if the server does not tell."""

    def let_go(self) -> None:
        """Close the connection that is kept for the next request, if there is one."""

    async def aclose(self) -> None:
        """Close all connections."""


@dataclass(eq=False, slots=True)
class Account:
    """A server with its key, its models and its balance."""

    client: Client
    model: str
    """The model that a new conversation begins with."""
    host: str
    """Name of the server for display."""
    trouble: ConfigurationError | None = None
    """Reason why nothing can be sent; None if there is none known in advance."""
    profile: str = ""
    """Name of its profile in the settings; empty if it has none."""
    unprotected: bool = False
    """True if key and conversation cross a network in the clear."""
    is_demo: bool = False
    """True if it is the embedded endpoint."""
    address: str = ""
    """The address that requests go to; empty if it cannot be used."""
    models: Sequence[ModelInfo] | None = field(default=None, init=False)
    """The models that the server offers; None until they are known."""
    balance: Balance | None = field(default=None, init=False)
    """The balance when it was asked for last; None if the server did not tell it."""
    running: int = field(default=0, init=False)
    """Number of running turns."""
    tells_balance: bool = field(default=False, init=False)
    """True once the server has told a balance."""
    reading: Reading | None = field(default=None, init=False)
    """The balance that the next answer is held against; None before the first."""
    step: int = field(default=0, init=False)
    """Smallest difference that the balance tells (millionths); 0 if not known."""
    is_new: bool = field(default=True, init=False)
    """True if the balance was not asked for yet."""
    begun: int = field(default=0, init=False)
    """Number of turns that have begun, those beside it among them."""
    changes: int = field(default=0, init=False)
    """Number of turns that have begun plus number of turns that have ended."""
    _beside: int = field(default=0, init=False)
    """Number of running turns of other accounts at the same server, which may have the same key."""

    @property
    def ref(self) -> ServerRef:
        """The mark of the conversations held with it."""
        if self.is_demo or self.address in {DEMO, RECORDING}:
            return ServerRef(address=DEMO if self.is_demo else RECORDING)
        url = urlsplit(self.address or f"//{self.host}")
        return ServerRef(self.profile, f"{url.scheme}://{url.netloc.rpartition('@')[2]}".removeprefix(":"))

    @property
    def is_busy(self) -> bool:
        """True if a turn runs that may lower the balance."""
        return self.running + self._beside > 0

    def turn_began(self) -> None:
        """Count a turn that begins with this account."""
        self.running += 1
        self.begun += 1
        self.changes += 1

    def turn_ended(self) -> None:
        """Count a turn that has ended, for whatever reason."""
        self.running -= 1
        self.changes += 1

    def comes_beside(self, running: int) -> None:
        """Note that so many turns of other accounts at the same server are running."""
        self._beside = running
        self.begun += running
        self.changes += running > 0

    def turn_beside(self, change: int) -> None:
        """Note that a turn with another account at the same server has begun (1) or ended (-1)."""
        self._beside += change
        self.begun += change > 0
        self.changes += 1

    def context_length(self, model: str) -> int | None:
        """Return the context length of a model (tokens); None if the server has not told it."""
        return next((known.context_length for known in self.models or () if known.id == model), None)

    def takes(self, model: str) -> frozenset[str] | None:
        """Return what a model takes, of `text`, `image`, `audio` and `file`; None if nobody has told."""
        return next((known.abilities.takes for known in self.models or () if known.id == model), None)

    def draws_alone(self, model: str) -> bool:
        """True if a model is told to make pictures, and nothing else, by a call of their own."""
        return any(known.id == model and known.abilities.draws_alone for known in self.models or ())

    async def learn_models(self) -> Sequence[ModelInfo]:
        """Return the models that the server offers, asking it only the first time. Raises NeurotuiError."""
        if self.models is None:
            self.models = await self.client.models()
        return self.models

    async def learn_abilities(self) -> None:
        """Ask the server, once, what its models take; silent if it does not tell."""
        if self.models is None and self.trouble is None:
            with suppress(NeurotuiError):
                await self.learn_models()

    async def warm(self) -> None:
        """Open a connection before it is needed."""
        if self.trouble is None:
            await self.client.warm()

    async def ask(self) -> None:
        """Ask for the balance."""
        self.balance = await self.client.balance()
        self.tells_balance = self.tells_balance or self.balance is not None
        await self.client.warm()

    def let_go(self) -> None:
        """Close the connection that is kept; another one is opened when it is needed."""
        self.client.let_go()

    async def aclose(self) -> None:
        """Close all connections."""
        await self.client.aclose()


class Accounts:
    """The accounts in a settings file, with keys from a file, or from the keyring if the user chose that."""

    def __init__(
        self,
        file: SettingsFile,
        environ: Mapping[str, str],
        key_file: Path | None,
        keep: Keep | None = None,
    ) -> None:
        """Pass recorded exchanges to `keep`."""
        self._file = file
        self._environ = environ
        self._key_file = key_file
        self._keep = keep

    def profiles(self) -> Sequence[str]:
        """Return the names of all profiles, that of NeuroAPI first."""
        return list(dict.fromkeys([DEFAULT_PROFILE, *self._file.settings.profiles]))

    def account(self, profile: str) -> Account:
        """Make the account of a profile. Raises ConfigurationError."""
        return account_of(self._stored(profile), self._keep)

    def draft(self, base_url: str, key: str) -> Account:
        """Make an account from a typed address and key, to try it; an empty address is NeuroAPI's.

        Raises BadBaseURL or BadKey.
        """
        profiles = self._file.settings.profiles.values()
        same = (profile.headers for profile in profiles if profile.base_url.strip() == base_url.strip())
        return account_of(Credentials(base_url, key=key, headers=next(same, {})))

    def keep(self, profile: str, base_url: str, key: str, place: KeyPlace, model: str) -> Account:
        """Store an address and a key as a profile, and make it the active one; does not save the settings.

        An empty key or model leaves the old one unchanged. Raises ConfigurationError. Blocks.
        """
        endpoint = endpoint_of(Credentials(base_url, key=key))
        if endpoint.key is not None:
            keys.keep(self._file, self._key_file, profile, endpoint.key.reveal(), place)
        url = (
            None
            if profile == DEFAULT_PROFILE and endpoint.base_url == DEFAULT_BASE_URL
            else endpoint.base_url
        )
        self._forget_headers(profile, endpoint.base_url)
        self._file.change(("profiles", profile, "base_url"), url)
        if model:
            self._file.change(("profiles", profile, "model"), model)
        self._file.change(("profile",), profile)
        if place is KeyPlace.NOWHERE and key:
            return account_of(
                replace(self._stored(profile), key=key, key_source="", fetch_key=None), self._keep
            )
        return self.account(profile)

    def _forget_headers(self, profile: str, base_url: str) -> None:
        """Remove the headers of a profile whose new address is that of another server."""
        stored = self._file.settings.profiles.get(profile)
        if stored is None or not stored.headers:
            return
        with suppress(BadBaseURL):
            if (
                urlsplit(normalise_base_url(stored.base_url or DEFAULT_BASE_URL))[:2]
                == urlsplit(base_url)[:2]
            ):
                return
        self._file.change(("profiles", profile, "headers"), None)

    def _stored(self, profile: str) -> Credentials:
        return resolve(self._environ, self._file.settings, profile=profile, key_file=self._key_file)


def account_of(credentials: Credentials, keep: Keep | None = None) -> Account:
    """Make an account from credentials; a missing key becomes its `trouble`. Raises BadBaseURL or BadKey.

    Only known services are taken to require a key: a server of one's own may need none.
    """
    endpoint = endpoint_of(credentials)
    host = urlsplit(endpoint.base_url).hostname or ""
    keyed = endpoint.key or any(is_secret(name) or it.command for name, it in credentials.headers.items())
    needs_key = not keyed and any(f".{host}".endswith(f".{domain}") for domain in _HOSTED)

    def make() -> Endpoint:
        whole = endpoint_with_key(credentials)
        if needs_key and whole.key is None:
            raise KeyMissing()
        return whole

    return Account(
        ChatClient(make, record=keep),
        credentials.model,
        endpoint.host,
        KeyMissing() if needs_key and credentials.fetch_key is None else None,
        credentials.profile,
        endpoint.unprotected,
        address=endpoint.base_url,
    )


def unusable_account(credentials: Credentials, trouble: ConfigurationError) -> Account:
    """Make an account that cannot send anything, for a profile that the user has to correct."""

    def make() -> Never:
        raise trouble

    return Account(ChatClient(make), credentials.model, credentials.profile, trouble, credentials.profile)


def demo_account(model: str | None = None, keep: Keep | None = None) -> Account:
    """Make an account of the embedded endpoint."""

    def transport() -> DemoTransport:
        from neurotui.api.demo.transport import DemoTransport

        return DemoTransport()

    endpoint = Endpoint("http://demo", Secret("sk-made-for-the-demo"))  # for `/demo key` to refuse
    client = ChatClient(endpoint, transport=transport, record=keep)
    return Account(client, model or DEMO_MODEL, "demo", is_demo=True)
