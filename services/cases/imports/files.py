"""Uploaded files in the object store: adopted from `incoming/` under their hash, read as a stream."""

from __future__ import annotations

import io
import re
from hashlib import sha256
from typing import Any, BinaryIO, cast

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from services.cases.imports.reader import UnreadableFile
from shared.i18n import N_
from shared.settings import Settings

READ_BYTES = 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")
_INCOMING = re.compile(r"incoming/[A-Za-z0-9][A-Za-z0-9._-]*")


class ImportFiles:
    """The files of imports. Addresses are `sha256/<first two>/<hash>`; what lies there is never overwritten."""

    def __init__(self, settings: Settings) -> None:
        url = settings.file_store_url
        self._store: ObjectStore = LocalStore.from_url(url, mkdir=True) if url.startswith("file:") else from_url(url)

    def adopt(self, incoming: str, digest: str) -> None:
        """Moves an upload to its hash's address; done twice it is done once. Raises UnreadableFile when there is no such upload."""
        if _INCOMING.fullmatch(incoming) is None or _HASH.fullmatch(digest) is None:
            raise _lost()
        if self._exists(address_of(digest)):
            if self._exists(incoming):
                obstore.delete(self._store, incoming)
            return
        try:
            obstore.rename(self._store, incoming, address_of(digest))
        except (NotFoundError, FileNotFoundError) as error:
            raise _lost() from error

    def open(self, digest: str) -> BinaryIO:
        """A seekable stream. Raises UnreadableFile when the file is gone."""
        try:
            return cast(BinaryIO, _ObjectStream(obstore.open_reader(self._store, address_of(digest), buffer_size=READ_BYTES)))
        except (NotFoundError, FileNotFoundError) as error:
            raise _lost() from error

    def verify(self, digest: str) -> None:
        """Raises UnreadableFile when the content is not what its address says."""
        counted = sha256()
        with self.open(digest) as stream:
            while block := stream.read(READ_BYTES):
                counted.update(block)
        if counted.hexdigest() != digest:
            raise UnreadableFile("file_damaged", N_("The stored file differs from what was sent. Send it again."))

    def _exists(self, address: str) -> bool:
        try:
            obstore.head(self._store, address)
        except (NotFoundError, FileNotFoundError):
            return False
        return True


def address_of(digest: str) -> str:
    return f"sha256/{digest[:2]}/{digest}"


def _lost() -> UnreadableFile:
    return UnreadableFile("file_lost", N_("The uploaded file is no longer there. Send it again."))


class _ObjectStream(io.RawIOBase):
    """An object of the store as Python reads files."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return int(self._reader.tell())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._reader.seek(offset, whence))

    def readinto(self, buffer: Any) -> int:
        data = self._reader.read(len(buffer))
        buffer[: len(data)] = memoryview(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._reader.close()
        super().close()
