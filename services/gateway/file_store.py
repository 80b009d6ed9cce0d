"""Uploads on their way to their owner: streamed to `incoming/` of the object store, hashed and limited as they pass."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlparse

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from services.gateway.refusals import TooLarge
from shared.i18n import N_
from shared.identifiers import new_id

INCOMING = "incoming"
UNADOPTED_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """`path` follows from the content alone, so that a repeated upload is the same command."""

    sha256: str
    size: int
    path: str


class FileStore:
    def __init__(self, url: str) -> None:
        self._url = url
        self._opened: ObjectStore | None = None

    @property
    def _store(self) -> ObjectStore:
        if self._opened is None:
            self._opened = _open(self._url)
        return self._opened

    async def receive(self, chunks: AsyncIterator[bytes], most_bytes: int) -> StoredUpload:
        """Raises TooLarge as soon as the limit is passed; nothing of such an upload stays."""
        part = f"{INCOMING}/{new_id()}.part"
        digest, size = hashlib.sha256(), 0
        writer = obstore.open_writer_async(self._store, part)
        try:
            async for chunk in chunks:
                size += len(chunk)
                _require_size(size, most_bytes)
                digest.update(chunk)
                await writer.write(chunk)
        except BaseException:
            await writer.close()
            await obstore.delete_async(self._store, part)
            raise
        await writer.close()
        path = f"{INCOMING}/{digest.hexdigest()}"
        await obstore.rename_async(self._store, part, path)
        return StoredUpload(digest.hexdigest(), size, path)

    async def collect_unadopted(self) -> int:
        """Removes uploads that no owner took within a day."""
        limit = datetime.now(UTC) - UNADOPTED_AFTER
        old = [meta["path"] async for page in obstore.list(self._store, INCOMING) for meta in page if meta["last_modified"] < limit]
        if old:
            await obstore.delete_async(self._store, old)
        return len(old)


def _require_size(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise TooLarge(N_("The file is larger than %(most)s MB."), params={"most": most_bytes // 1_000_000})


def _open(url: str) -> ObjectStore:
    parsed = urlparse(url)
    if parsed.scheme == "file":
        return LocalStore(prefix=Path(unquote(parsed.path)), mkdir=True)
    return from_url(url)
