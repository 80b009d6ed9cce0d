"""The one writer of an index, with the version guard that makes redelivery harmless."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import tantivy
from tantivy import Query

from services.search.adapters import tantivy_schema
from services.search.adapters.tantivy_schema import SEQUENCE, VERSION
from services.search.ports import Entry, Refused

HEAP_BYTES = 50_000_000


class TantivyWriter:
    """Not safe for two threads at once: the projector takes turns by a lock."""

    def __init__(self, directory: Path) -> None:
        self._index = open_index(directory)
        self._index.config_reader("manual")
        self._writer: tantivy.IndexWriter | None = self._index.writer(HEAP_BYTES, num_threads=1)
        # Versions written since the last commit, which the searcher does not see yet.
        self._pending: dict[int, int] = {}
        self._searcher = self._index.searcher()

    def add(self, entries: Iterable[Entry]) -> int:
        newest: dict[int, Entry] = {}
        for entry in entries:
            if entry.sequence not in newest or newest[entry.sequence].version < entry.version:
                newest[entry.sequence] = entry
        known = self._versions(newest)
        fresh = [entry for sequence, entry in newest.items() if sequence not in known or known[sequence] < entry.version]
        self.delete(entry.sequence for entry in fresh if entry.sequence in known)
        for entry in fresh:
            self._add(_encoded(entry))
            self._pending[entry.sequence] = entry.version
        return len(fresh)

    def _add(self, document: str) -> None:
        """The binding says ValueError for a bad document and for a full disk alike: an index in memory tells them apart."""
        try:
            self._open.add_json(document)
        except ValueError as error:
            try:
                tantivy.Index(self._index.schema).writer(15_000_000, num_threads=1).add_json(document)
            except ValueError:
                raise Refused("the index refuses a document") from error
            raise

    def delete(self, sequences: Iterable[int]) -> None:
        """By query: `delete_documents_by_term` takes a number for a signed one and finds nothing in an unsigned field."""
        gone = list(sequences)
        if gone:
            self._open.delete_documents_by_query(Query.term_set_query(self._index.schema, SEQUENCE, gone))
            self._pending.update(dict.fromkeys(gone, 0))

    def commit(self) -> None:
        self._open.commit()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._pending.clear()

    def close(self) -> None:
        """Gives the directory's lock back; what was not committed is gone."""
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def _open(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise RuntimeError("the index is closed")
        return self._writer

    def _versions(self, sequences: Iterable[int]) -> dict[int, int]:
        """Versions of those that are in the index, committed or not: one query for a whole batch."""
        known = {sequence: self._pending[sequence] for sequence in sequences if sequence in self._pending}
        unknown = [sequence for sequence in sequences if sequence not in known]
        if not unknown or self._searcher.num_docs == 0:
            return known
        query = Query.term_set_query(self._index.schema, SEQUENCE, unknown)
        addresses = [address for _, address in self._searcher.search(query, limit=len(unknown), count=False).hits]
        found = self._searcher.fast_field_values(SEQUENCE, addresses)
        versions = self._searcher.fast_field_values(VERSION, addresses)
        return known | {int(sequence): int(version) for sequence, version in zip(found, versions, strict=True)}  # type: ignore[arg-type]  # both are on every document


def _encoded(entry: Entry) -> str:
    try:
        return tantivy_schema.encode(entry)
    except TypeError as error:
        raise Refused("a document has no JSON") from error


def create_index(directory: Path) -> None:
    tantivy.Index(tantivy_schema.build_schema(), str(directory))
    (directory / "schema_version").write_text(str(tantivy_schema.SCHEMA_VERSION))


def open_index(directory: Path) -> tantivy.Index:
    index = tantivy.Index.open(str(directory))
    index.register_tokenizer(tantivy_schema.TOKENS, tantivy_schema.token_analyser())
    return index


def is_current(directory: Path) -> bool:
    """Whether the index there was written by this version of the schema."""
    try:
        return (directory / "schema_version").read_text() == str(tantivy_schema.SCHEMA_VERSION) and tantivy.Index.exists(str(directory))
    except FileNotFoundError:
        return False
