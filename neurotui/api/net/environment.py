"""Proxies and certificates as the environment sets them: read apart from httpx, which dies of bad values."""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Never
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

import httpcore
import httpx

from neurotui.api.endpoint import DEFAULT_PORTS, Endpoint, is_loopback, split_port
from neurotui.api.faults import Hop
from neurotui.errors import BadCertificates, BadProxy
from neurotui.i18n import _
from neurotui.i18n.reasons import reason_of

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Route:
    """The way to the server: what the environment says of it."""

    tls: ssl.SSLContext | None
    proxy: httpcore.Proxy | None
    hop: Hop | None = None
    """The proxy, as errors tell of it."""

    @classmethod
    def to(cls, endpoint: Endpoint) -> Route:
        """Return the way to an endpoint. Raises BadProxy, BadCertificates."""
        url = endpoint.base_url
        tls = tls_context() if url.startswith("https:") else None
        proxy = proxy_for(url)
        return cls(tls, proxy, _hop(proxy, url) if proxy else None)


def _hop(proxy: httpcore.Proxy, url: str) -> Hop:
    origin = proxy.url.origin
    return Hop(
        f"{origin.host.decode()}:{origin.port}",
        proxy_variable(url),
        has_password=proxy.auth is not None,
        forwards=url.startswith("http:") and not proxy.url.scheme.startswith(b"socks"),
        secure=proxy.url.scheme == b"https",
    )


def tls_context() -> ssl.SSLContext:
    """The one TLS context of the program: making it costs more than making all else of a client.

    Raises BadCertificates.
    """
    return _tls_context(*map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")))


@lru_cache
def _tls_context(file: str | None, folder: str | None, log: str | None) -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # ssl.SSLError among them
        variable, path = ("SSL_CERT_FILE", file) if file else ("SSL_CERT_DIR", folder)
        if log and error.filename == log:  # which Python writes for whoever debugs TLS
            variable, path = "SSLKEYLOGFILE", log
        raise BadCertificates(f"{path}: {reason_of(error)}", variable=variable) from None


def proxy_for(url: str) -> httpcore.Proxy | None:
    """The proxy on the way to `url`, by the variables or else by the system's settings; None to loopback.

    Raises BadProxy, BadCertificates.
    """
    target = urlsplit(url)
    if _goes_straight(target):
        return None
    configured = getproxies()
    address = configured.get(target.scheme) or configured.get("all")
    if not address:
        return None

    def refuse(cause: str) -> Never:
        raise BadProxy(cause, variable=proxy_variable(url))

    no_address = _("It must be an address that begins with http://, https:// or socks5://")
    scheme, mark, rest = address.strip().partition("://")
    if not mark:
        scheme, rest = "http", scheme
        if "/" in rest.rstrip("/"):  # as in http:/server
            refuse(no_address)
    if scheme.lower() == "socks":  # as desktop environments write it
        scheme = "socks5"
    try:
        proxy = httpx.Proxy(f"{scheme}://{rest}")
    except (ValueError, httpx.InvalidURL):
        refuse(no_address)
    if not proxy.url.host or "%" in proxy.url.host:  # what cannot be in a name is escaped by now
        refuse(_("There is no name of a server in it"))
    return httpcore.Proxy(
        httpcore.URL(
            scheme=proxy.url.raw_scheme,
            host=proxy.url.raw_host,
            port=proxy.url.port,
            target=proxy.url.raw_path,
        ),
        auth=proxy.raw_auth,
        ssl_context=tls_context() if proxy.url.scheme == "https" else None,
    )


def _goes_straight(target: SplitResult) -> bool:
    """Return whether no proxy may be asked for a target: what a proxy takes for itself never leaves here."""
    host = target.hostname or ""
    if is_loopback(host):
        return True
    if variables := getproxies_environment():
        return is_exempt(variables.get("no", ""), host, target.port or DEFAULT_PORTS[target.scheme])
    return bool(proxy_bypass(host))  # by the settings of macOS or Windows


def is_exempt(listed: str, host: str, port: int) -> bool:
    """Return whether a host and port are in a list such as NO_PROXY holds.

    An entry is a name, which stands for all below it as well, an address, a network (10.0.0.0/8, fd00::/8) or
    a pattern (*, *.example.com, 192.168.*), with or without a port; IPv6 with or without brackets. Programs
    differ over separators and leading dots; like curl, this takes commas and blanks, and ignores the dots.
    """
    name = host.lower().rstrip(".")
    address = _address(name)
    return any(_names(entry, name, address, port) for entry in re.split(r"[,;\s]+", listed.lower()) if entry)


def _names(entry: str, name: str, address: _Address | None, port: int) -> bool:
    entry, _slash, length = entry.partition("/")
    entry, own_port = split_port(entry)
    length, _colon, port_behind = length.replace("]", "").partition(":")
    own_port = own_port or port_behind
    if own_port and own_port != str(port):
        return False
    entry = entry.strip("[]")
    if "*" in entry:
        return fnmatchcase(name, entry)
    if address is not None:
        network = entry.partition("%")[0] + (f"/{length}" if length else "")
        with suppress(ValueError):
            return address in ipaddress.ip_network(network, strict=False)
        return False
    entry = entry.strip(".")
    with suppress(UnicodeError):
        entry = entry.encode("idna").decode()
    return bool(entry) and not length and (name == entry or name.endswith(f".{entry}"))


def _address(name: str) -> _Address | None:
    """Return the address that a name is: without its zone, and IPv4 where it is only wrapped in IPv6."""
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def proxy_variable(url: str) -> str:
    """The name of the variable that sets the proxy on the way to `url`."""
    name = f"{urlsplit(url).scheme}_proxy"
    if not getproxies().get(urlsplit(url).scheme):
        name = "all_proxy"
    return name if name in os.environ else name.upper()
