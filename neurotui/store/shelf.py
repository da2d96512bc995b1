"""Values by name in a file, where a dictionary would fill the memory: messages of a giant conversation."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, MutableMapping
from tempfile import SpooledTemporaryFile
from typing import Any, TypeVar
from weakref import finalize

T = TypeVar("T")

IN_MEMORY = 1 << 20
"""Bytes: up to here there is no file."""


class Shelf(MutableMapping[str, T]):
    """A dictionary whose keys alone are in memory.

    The file has no name and belongs to this process alone, which is why it may be pickled. Whatever is
    replaced or deleted keeps its place in it. Every method may raise OSError.
    """

    def __init__(self) -> None:
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        finalize(self, self._file.close)
        self._places: dict[str, int] = {}
        self._end = 0

    def __setitem__(self, key: str, value: T) -> None:
        content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._file.seek(self._end)
        self._file.write(content)
        self._places[key] = self._end
        self._end += len(content)

    def __getitem__(self, key: str) -> T:
        place = self._places[key]
        self._file.seek(place)
        value: Any = pickle.load(self._file)
        return value  # type: ignore[no-any-return]

    def __delitem__(self, key: str) -> None:
        del self._places[key]

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
