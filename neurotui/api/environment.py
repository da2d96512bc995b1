"""What the environment says of proxies and of certificates: read apart from httpx, which dies of it."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from typing import Never
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from neurotui.errors import BadCertificates, BadProxy
from neurotui.i18n import _
from neurotui.i18n.reasons import reason_of


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
    """The proxy on the way to `url`, by the variables or else by the system's settings.

    Raises BadProxy, BadCertificates.
    """
    target = urlsplit(url)
    if any(proxy_bypass(name) for name in (target.netloc, target.hostname or "")):
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


def proxy_variable(url: str) -> str:
    """The name of the variable that sets the proxy on the way to `url`."""
    name = f"{urlsplit(url).scheme}_proxy"
    if not getproxies().get(urlsplit(url).scheme):
        name = "all_proxy"
    return name if name in os.environ else name.upper()
