"""Additions to an error that only the client knows: which key was refused, who never spoke HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurotui.errors import Disconnected, KeyMissing, KeyRefused, NeurotuiError
from neurotui.i18n import _

if TYPE_CHECKING:
    from neurotui.api.pool import ConnectionPool


def explained(error: NeurotuiError, pool: ConnectionPool) -> NeurotuiError:
    """Return an error with what is known of the key and the connection."""
    if isinstance(error, Disconnected) and pool.unprotected and not pool.heard:
        words = _("If it is an https server, its address begins with https://")
        error.cause = ". ".join(filter(None, (error.cause, words)))
    if not isinstance(error, KeyRefused):
        return error
    key, source = pool.endpoint.key, pool.endpoint.key_source
    sent = ", ".join(header.name for header in pool.endpoint.headers if header.is_secret)
    if sent:
        words = _("The profile gives it in the headers {names}").format(names=sent)
        error.cause = ". ".join(filter(None, (error.cause.rstrip("."), words)))
        return error
    if key is None:
        return KeyMissing(
            error.cause, http_status=error.http_status, code=error.code, request_id=error.request_id
        )
    match bool(key.last4), bool(source):
        case True, True:
            words = _("The key ends in {end} and comes from {source}")
        case True, False:
            words = _("The key ends in {end}")
        case False, True:
            words = _("The key comes from {source}")
        case _:
            words = ""
    error.cause = ". ".join(filter(None, (error.cause.rstrip("."), words.format(end=key, source=source))))
    return error
