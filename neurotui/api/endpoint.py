"""Where to send a request, and with which key: both as people type and paste them.

Loads nothing heavy, so that a command can refuse a bad address before it pays for anything else.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Never
from urllib.parse import quote, urlsplit

from neurotui.errors import BadBaseURL, BadKey
from neurotui.i18n import _
from neurotui.wire.secrets import key_in

NEUROAPI_HOST = "neuroapi.host"
DEFAULT_BASE_URL = f"https://{NEUROAPI_HOST}/v1"
LONGEST_KEY = 16_384
"""Characters: more than servers take in a header."""

_SHORTEST_PART = 8
"""Characters of a part of a secret that is a secret itself; shorter ones are words, such as Bearer."""
_BLANKS = " \t\r\n\v\f\u00a0\u200b\u2060\ufeff"
_QUOTES = "\"'`“”„‘’«»"
DEFAULT_PORTS = {"http": 80, "https": 443}
_PASTED_PATH = re.compile(
    r"/(?:chat/completions|completions|responses|embeddings|models|dashboard/billing(?:/\w+)?)$"
)
_NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)\.?")
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?")


class Secret:
    """A text that shows itself only when it is asked to."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; for the headers of a request, and for keeping it out of texts."""
        return self._text

    @property
    def last4(self) -> str:
        """The end of the text, by which its owner knows it; empty where that would tell too much of it."""
        return self._text[-4:] if len(self._text) >= 16 else ""

    def __str__(self) -> str:
        return f"…{self.last4}"

    def __repr__(self) -> str:
        return f"Secret({self})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("a secret is not for files")


@dataclass(frozen=True, slots=True)
class Header:
    """A header of each request to a server, beside those that every server gets."""

    name: str
    value: Secret
    is_secret: bool = True
    """True if the value is to be hidden as the key is."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, and the key for it."""

    base_url: str = DEFAULT_BASE_URL
    """As `normalise_base_url` makes it."""
    key: Secret | None = None
    key_source: str = ""
    """Where the key came from, for messages: the name of a variable, a file, a keyring."""
    headers: tuple[Header, ...] = ()
    """Of each request. One of them may be Authorization: then the key stays at home."""

    @property
    def host(self) -> str:
        """The server's name for people, with its port where that is not the usual one."""
        netloc = urlsplit(self.base_url).netloc
        return netloc.replace("%25", "%", 1) if netloc.startswith("[") else netloc

    @property
    def host_header(self) -> str:
        """The Host of requests: without the zone of an address, which has a meaning here alone (RFC 6874)."""
        return re.sub("%[^]]*", "", urlsplit(self.base_url).netloc)

    @property
    def unprotected(self) -> bool:
        """True if key and conversation would cross a network in the clear."""
        return self.base_url.startswith("http:") and not self.loopback

    @property
    def loopback(self) -> bool:
        """True if the server is on this computer."""
        return is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def credentials(self) -> tuple[Header, ...]:
        """All headers that no other server may get: the key's, and those of its own."""
        own = {header.name.lower() for header in self.headers}
        if self.key is None or "authorization" in own:
            return self.headers
        return (Header("Authorization", Secret(f"Bearer {self.key.reveal()}")), *self.headers)

    @property
    def secrets(self) -> str:
        """Everything to be kept out of texts, one a line: the key, and what secret headers hold."""
        found = [self.key.reveal()] if self.key is not None else []
        for header in self.headers:
            if header.is_secret:
                found += _parts(header.value.reveal())
        return "\n".join(sorted(dict.fromkeys(found), key=len, reverse=True))

    def url(self, path: str) -> str:
        """The address of a call, such as `chat/completions`."""
        return f"{self.base_url}/{path}"


def normalise_base_url(text: str) -> str:
    """The base URL that is meant by what someone typed or pasted, without a slash at its end.

    Raises BadBaseURL, with a cause that repeats nothing secret, for what cannot be one.
    """
    text = text.strip(_BLANKS + _QUOTES)
    scheme, rest = _split_scheme(text)
    rest, *more = re.split("[?#]", rest)
    netloc, slash, path = rest.partition("/")
    secret = "@" in text or key_in(text)

    def refuse(cause: str) -> Never:
        raise BadBaseURL(cause, url="***" if secret else f"{scheme}://{netloc}{slash}{path}")

    if not text:
        refuse(_("It is empty"))
    if secret:
        refuse(
            _("A name and a password go into the headers of the profile, as Authorization")
            if "@" in text
            else _("It must not contain a name, a password or a key")
        )
    if scheme not in DEFAULT_PORTS:
        refuse(_("It must begin with https:// or http://"))
    if more:
        refuse(_("It must not contain ? or #"))
    if re.search(r"[\s\\\x00-\x1f\x7f-\x9f]", rest):
        refuse(_("There is a blank or a backslash in it"))

    name, port = split_port(netloc)
    if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        refuse(_("The port must be a number from 1 to 65535"))
    host = _host(name)
    if host is None:
        refuse(_("{host} cannot be the name of a server").format(host=name or "…"))
    if host == f"api.{NEUROAPI_HOST}":
        refuse(_("There is no such server; NeuroAPI is at {url}").format(url=DEFAULT_BASE_URL))

    path = quote(re.sub("//+", "/", f"/{path}").rstrip("/"), safe="/%:@!$&'()*+,;=~-._", errors="replace")
    path = _PASTED_PATH.sub("", path)
    path = re.sub(r"(?:/v1)+$", "/v1", path)
    if host == NEUROAPI_HOST and not path:
        path = "/v1"
    usual = port is None or int(port) == DEFAULT_PORTS[scheme]
    return f"{scheme}://{host}{'' if usual else f':{port}'}{path}"


def clean_key(text: str) -> Secret:
    """The key that is meant by what someone pasted; raises BadKey, which never repeats it."""
    if len(text) > LONGEST_KEY:
        raise BadKey(_("It is longer than a key can be"))
    previous = None
    while text != previous:
        previous = text
        text = re.sub(r"(?i)^(?:authorization\s*:|bearer(?:\s|$))", "", text.strip(_BLANKS + _QUOTES))
    if not text:
        raise BadKey(_("It is empty"))
    for position, character in enumerate(text, start=1):
        if not "!" <= character <= "~":
            raise BadKey(_("Character number {n} cannot be in a key").format(n=position))
    return Secret(text)


def _parts(value: str) -> list[str]:
    """Return a secret value and what someone could quote of it: a token, a cookie, a name and a password."""
    parts = [part for part in re.split(r"[\s;,]+", value) if len(part) >= _SHORTEST_PART]
    parts += [inner for part in parts if len(inner := part.partition("=")[2]) >= _SHORTEST_PART]
    scheme, _blank, token = value.partition(" ")
    if scheme.lower() == "basic":
        with suppress(ValueError):
            decoded = base64.b64decode(token).decode()
            parts += [decoded, decoded.partition(":")[2]]
    return [value, *parts]


def _split_scheme(text: str) -> tuple[str, str]:
    """The scheme, by default the one that suits the host, and what follows the slashes."""
    if match := re.match(r"(?i)(https?):/*", text):
        return match[1].lower(), text[match.end() :]
    scheme, mark, rest = text.partition("://")
    if mark:
        return scheme.lower(), rest
    rest = text.lstrip("/")
    name, _port = split_port(rest.partition("/")[0])
    return ("http" if is_loopback(name.strip("[]")) else "https"), rest


def split_port(netloc: str) -> tuple[str, str | None]:
    """Return the host of `host:port`, `[::1]:port` or `::1`, and the port where there is one."""
    if netloc.startswith("["):
        name, bracket, port = netloc.partition("]")
        return name + bracket, port[1:] if port.startswith(":") else port or None
    if netloc.count(":") > 1:
        return f"[{netloc}]", None
    name, colon, port = netloc.partition(":")
    return name, port if colon else None


def _host(typed: str) -> str | None:
    """The host as it stands in a URL, in ASCII and lower case; None where there can be no such host."""
    name = typed.lower()
    # A label of two scripts is a slip of the keyboard layout or a trap: neuroapi with a Cyrillic а.
    if any(re.search("[a-z]", label) and not label.isascii() for label in name.split(".")):
        return None
    try:
        if name.startswith("[") and name.endswith("]"):
            return f"[{_ipv6(typed[1:-1])}]"
        if not name.isascii():
            name = name.encode("idna").decode("ascii").lower()
        if _NUMBER.fullmatch(name):  # which C libraries read in more ways than one: 0x7f.1 is this computer
            return str(ipaddress.IPv4Address(name))
    except ValueError:  # UnicodeError among them
        return None
    return name if _HOST_NAME.fullmatch(name) and ".." not in name else None


def _ipv6(typed: str) -> str:
    """Return an address of IPv6 as it stands in a URL. Raises ValueError.

    The percent sign before a zone is escaped there, but typed as it is (`fe80::1%eth0`), too. Zones are
    numbers on Windows: with nothing behind it, 25 is one.
    """
    address, mark, zone = typed.partition("%")
    if not mark:
        return str(ipaddress.IPv6Address(address))
    zone = zone[2:] if zone.startswith("25") and len(zone) > 2 else zone
    if not re.fullmatch(r"[A-Za-z0-9._~-]+", zone):
        raise ValueError
    return f"{ipaddress.IPv6Address(address)}%25{zone}"


def is_loopback(host: str) -> bool:
    """Return whether a host, without brackets, is this computer."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f".{host.lower().rstrip('.')}".endswith(".localhost")
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified
