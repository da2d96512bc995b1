"""The end of what was deleted, and of blobs that nothing needs any more.

Nothing is removed that a running instance may have in memory: it is spared as long as one runs that began
before it was deleted, or last touched. So a chip that was made an hour ago or in a window that is open for
weeks finds its bytes, whether or not a draft names them yet.

A blob goes in two steps, each under the lock that the database has for writing. First its row, if nothing
names it and nothing has named it for a day; then the file, if there is no row, and nobody has touched it for
a day. Who attaches the same file meanwhile touches it first, or finds it gone and writes it anew; and rows
can name it only before the first step, which leaves it then, or after the second one. Killed between both, a
file without a row is left, which the next purge removes.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from neurotui.store import drafts
from neurotui.store.blobs import BlobStore
from neurotui.store.database import Database
from neurotui.store.message_rows import Lives
from neurotui.store.money import spending

DELETED_FOR = 7 * 24 * 3600
"""Seconds for which a deleted conversation can be brought back."""
FRESH_FOR = 24 * 3600
"""Seconds for which a blob that nothing names is kept."""

_AT_ONCE = 100
"""Files that are removed in one transaction, which keeps others from writing."""

_DELETE_BLOBS = """
DELETE FROM blobs WHERE used_at < ?
AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.digest = blobs.digest)
AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.sent_digest = blobs.digest)
"""

_NAMED = """
SELECT b.digest, b.size FROM blobs b
WHERE EXISTS (SELECT 1 FROM attachments a WHERE a.digest = b.digest)
OR EXISTS (SELECT 1 FROM attachments a WHERE a.sent_digest = b.digest)
"""


@dataclass(frozen=True, slots=True)
class BlobCount:
    """The blobs of a store, counted."""

    files: int = 0
    size: int = 0
    """Bytes of all of them."""
    unused: int = 0
    """Number of files that nothing names; those that are older than a day go with the next purge."""
    unused_size: int = 0
    lost: int = 0
    """Number of blobs that a row names, and that are gone or of another size."""


def purge(database: Database, lives: Lives, blobs: BlobStore | None, oldest_start: float) -> None:
    """Remove for good what was deleted longer than `DELETED_FOR` ago, and blobs that nothing names.

    What it has cost stays. `oldest_start` is the Unix time since when an instance runs. Raises StoreError.
    """
    spending.settle(database, lives)
    before = min(time.time() - DELETED_FOR, oldest_start)

    def work(connection: sqlite3.Connection) -> None:
        drafts.purge(connection, before)
        connection.execute("DELETE FROM conversations WHERE deleted_at < ?", (before,))

    database.write(work, durable=False)
    if blobs is not None and not _is_set_aside(database):
        _purge_blobs(database, blobs, min(time.time() - FRESH_FOR, oldest_start))


def count(database: Database, blobs: BlobStore) -> BlobCount:
    """Count the blobs. Raises StoreError."""
    named = dict(database.read(lambda connection: connection.execute(_NAMED).fetchall()))
    sizes = {digest: size for digest in blobs.digests() if (size := blobs.size(digest)) is not None}
    unused = [size for digest, size in sizes.items() if digest not in named]
    lost = [digest for digest, size in named.items() if sizes.get(digest) != size]
    return BlobCount(len(sizes), sum(sizes.values()), len(unused), sum(unused), len(lost))


def _is_set_aside(database: Database) -> bool:
    """True if a damaged file lies beside: what can still be read of it may name any blob."""
    path = database.path
    return path is not None and any(path.parent.glob(f"{path.stem} damaged *{path.suffix}"))


def _purge_blobs(database: Database, blobs: BlobStore, before: float) -> None:
    database.write(lambda connection: connection.execute(_DELETE_BLOBS, (before,)))
    paths = iter(blobs.older(before))
    while some := [*islice(paths, _AT_ONCE)]:

        def work(connection: sqlite3.Connection, some: list[Path] = some) -> None:
            for path in some:
                if not connection.execute("SELECT 1 FROM blobs WHERE digest = ?", (path.name,)).fetchone():
                    blobs.remove(path, before)

        database.write(work, durable=False)
