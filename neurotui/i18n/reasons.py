"""The system's reasons for refusing something: its words are English, the usual ones have a translation."""

from __future__ import annotations

from neurotui.i18n import N_, _

USUAL = (
    N_("Permission denied"),
    N_("Operation not permitted"),
    N_("No such file or directory"),
    N_("Is a directory"),
    N_("Not a directory"),
    N_("File exists"),
    N_("File name too long"),
    N_("Read-only file system"),
    N_("No space left on device"),
    N_("Disk quota exceeded"),
    N_("Input/output error"),
    N_("Exec format error"),
    N_("No closing quotation"),
    N_("Network is unreachable"),
    N_("No route to host"),
    N_("Connection reset by peer"),
    N_("attempt to write a readonly database"),
    N_("unable to open database file"),
    N_("database is locked"),
    N_("database or disk is full"),
    N_("disk I/O error"),
    N_("certificate has expired"),
    N_("certificate is not yet valid"),
    N_("self-signed certificate"),
    N_("self-signed certificate in certificate chain"),
    N_("unable to get local issuer certificate"),
)
"""The reasons that errno, shlex, SQLite and OpenSSL give most often."""


def reason_of(error: Exception) -> str:
    """Return why something failed, in the user's language if the reason is a usual one; may be empty."""
    words = getattr(error, "strerror", None) or str(error)
    return _(words) if words else ""
