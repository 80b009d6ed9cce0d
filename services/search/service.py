"""The three processes of the search: queries and saved searches, the projector (the only writer of the index), the matcher."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from eventlet.semaphore import Semaphore
from nameko.extensions import DependencyProvider
from nameko.timer import timer

from services.search.adapters.directory import Directory, DirectoryCache
from services.search.adapters.rebuilds import PostgresRebuilds
from services.search.adapters.saved_searches import PostgresSavedSearches
from services.search.adapters.tantivy_engine import TantivyEngine
from services.search.adapters.tantivy_store import TantivyStore
from services.search.domain.analyse import analyse
from services.search.handlers import matching, rebuilding, saved_searches, searching, suggesting
from services.search.handlers.asking import readable_by
from services.search.handlers.matching import Watch
from services.search.handlers.projecting import Projection
from shared.contracts.envelope import Event
from shared.contracts.matches import SEARCH_EXCHANGE, SEARCH_NOMINAL_EXCHANGE
from shared.errors import Unavailable
from shared.faults import describe
from shared.messaging import topology
from shared.messaging.consumer import waiting_helps
from shared.messaging.cooperation import in_thread
from shared.messaging.database_provider import DatabaseProvider
from shared.messaging.idempotency import answer_once
from shared.messaging.rpc import Call, rpc_method
from shared.messaging.rpc_provider import RpcProvider
from shared.messaging.subscribe import subscribe
from shared.persistence import UnitOfWork
from shared.security.directory import apply_directory, current_subtree
from shared.security.rules import Scope, scope_for

log = logging.getLogger(__name__)

OPERATOR = ("operator",)
REPLAY_SECONDS = 60.0


class EngineProvider(DependencyProvider):  # type: ignore[misc]  # nameko has no types
    """The live index, for reading."""

    def setup(self) -> None:
        _warm_up()
        self._engine = TantivyEngine(self.container.config["settings"].index_path)

    def get_dependency(self, worker_ctx: Any) -> TantivyEngine:  # noqa: ARG002  nameko's signature
        return self._engine


class DirectoryProvider(DependencyProvider):  # type: ignore[misc]  # nameko has no types
    def setup(self) -> None:
        self._cache = DirectoryCache()

    def get_dependency(self, worker_ctx: Any) -> DirectoryCache:  # noqa: ARG002  nameko's signature
        return self._cache


class SearchService:
    name = "search"
    database = DatabaseProvider("search")
    engine = EngineProvider()
    directory = DirectoryProvider()

    @subscribe(topology.SEARCH_DIRECTORY)
    def on_directory(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        apply_directory(work.connection, events)

    @rpc_method
    def search(self, call: Call) -> dict[str, Any]:
        started = time.perf_counter()
        with self.database.unit_of_work() as work:
            scope, directory = self._rights(work, call, "case.search")
        readable = readable_by(scope, call.principal.username, directory.units)
        result = searching.search(self.engine, directory.units, readable, call.payload, _language(call))
        result["took_ms"] = round((time.perf_counter() - started) * 1000, 1)
        return result

    @rpc_method
    def suggest(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            scope, directory = self._rights(work, call, "case.search")
        readable = readable_by(scope, call.principal.username, directory.units)
        return suggesting.suggest(self.engine, directory.units, readable, call.payload, _language(call))

    @rpc_method
    def fields(self, call: Call) -> dict[str, Any]:
        scope_for(call.principal, "case.search", ())
        return searching.fields()

    @rpc_method
    def list_saved_searches(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            readable = self._scope(work, call, "saved_search.read")
            return saved_searches.list_saved_searches(PostgresSavedSearches(work.connection), readable, call.payload)

    @rpc_method
    def get_saved_search(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            readable = self._scope(work, call, "saved_search.read")
            return saved_searches.get_saved_search(PostgresSavedSearches(work.connection), readable, call.payload)

    @rpc_method
    def create_saved_search(self, call: Call) -> dict[str, Any]:
        return self._write(call, saved_searches.create_saved_search)

    @rpc_method
    def replace_saved_search(self, call: Call) -> dict[str, Any]:
        return self._write(call, saved_searches.replace_saved_search)

    @rpc_method
    def delete_saved_search(self, call: Call) -> dict[str, Any]:
        return self._write(call, saved_searches.delete_saved_search)

    @rpc_method(internal=OPERATOR)
    def start_rebuild(self, call: Call) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            status = rebuilding.request(PostgresRebuilds(work.connection), call.principal.username)
            work.commit()
            return status

    @rpc_method(internal=OPERATOR)
    def rebuild_status(self, call: Call) -> dict[str, Any]:  # noqa: ARG002  every RPC method takes the call
        with self.database.unit_of_work() as work:
            return PostgresRebuilds(work.connection).status()

    def _write(self, call: Call, handler: saved_searches.Writing) -> dict[str, Any]:
        with self.database.unit_of_work() as work:
            writer = saved_searches.Writer(
                principal=call.principal,
                writable=self._scope(work, call, "saved_search.write"),
                readable=self._scope(work, call, "saved_search.read"),
                units=self.directory.get(work.connection).units,
                emit=lambda event: work.emit(SEARCH_EXCHANGE, [event], trace=call.traceparent),
            )
            answer = answer_once(work, call, lambda: handler(PostgresSavedSearches(work.connection), writer, call.payload))
            work.commit()
            return answer

    def _scope(self, work: UnitOfWork, call: Call, act: str) -> Scope:
        return scope_for(call.principal, act, current_subtree(work.connection, call.principal))

    def _rights(self, work: UnitOfWork, call: Call, act: str) -> tuple[Scope, Directory]:
        return self._scope(work, call, act), self.directory.get(work.connection)


class ProjectionProvider(DependencyProvider):  # type: ignore[misc]  # nameko has no types
    """The one writer, and whose turn it is: handler and rebuild write by turns, each in a real thread, so that heartbeats go on."""

    def setup(self) -> None:
        _warm_up()
        self.projection = Projection(TantivyStore(self.container.config["settings"].index_path))
        self._turn = Semaphore()

    def get_dependency(self, worker_ctx: Any) -> ProjectionProvider:  # noqa: ARG002  nameko's signature
        return self

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        with self._turn:
            return in_thread(function, *arguments)

    def stop(self) -> None:
        self.run(self.projection.close)


class ProjectorService:
    name = "search-projector"
    database = DatabaseProvider("search")
    rpc = RpcProvider("search")
    index = ProjectionProvider()

    @subscribe(topology.SEARCH_PROJECTOR)
    def on_cases(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        """The index commits before the inbox: a kill in between brings the events again, and versions make that harmless."""
        self._prepare()
        self.index.run(self.index.projection.apply, [event.data["case"] for event in events])
        work.before_commit(lambda: self.index.run(self.index.projection.commit))

    @timer(interval=0.5, eager=True)
    def rebuild(self) -> None:
        """Works off the rebuild that was asked for, or that a kill broke off; makes an index where there is none."""
        try:
            while self._step():
                pass
        except Exception as error:  # noqa: BLE001  the next tick tries again; nameko would log the text of the error
            waits = isinstance(error, Unavailable) or waiting_helps(error)
            log.log(logging.WARNING if waits else logging.ERROR, "The rebuild waits: %s", describe(error))

    def _prepare(self) -> None:
        if not self.index.projection.is_open:
            with self.database.unit_of_work() as work:
                rebuilding.prepare(self.index.projection, PostgresRebuilds(work.connection), self.index.run)
                work.commit()

    def _step(self) -> bool:
        with self.database.unit_of_work() as work:
            rebuilds = PostgresRebuilds(work.connection)
            rebuilding.prepare(self.index.projection, rebuilds, self.index.run)
            more = rebuilding.step(rebuilds, self._cases, self.index.projection, self.index.run)
            work.commit()
        self.index.projection.clean()
        return more

    def _cases(self, method: str, payload: dict[str, Any]) -> Any:
        return self.rpc.call("cases", method, payload, timeout=REPLAY_SECONDS)


class WatchProvider(DependencyProvider):  # type: ignore[misc]  # nameko has no types
    def setup(self) -> None:
        _warm_up()
        self._watch = Watch()

    def get_dependency(self, worker_ctx: Any) -> Watch:  # noqa: ARG002  nameko's signature
        return self._watch


class MatcherService:
    name = "search-matcher"
    database = DatabaseProvider("search")
    directory = DirectoryProvider()
    watch = WatchProvider()

    @subscribe(topology.SEARCH_MATCHER)
    def on_cases(self, work: UnitOfWork, events: Sequence[Event]) -> None:
        wanted = matching.wanted(events)
        if not wanted:
            return
        searches = PostgresSavedSearches(work.connection)
        directory = self.directory.get(work.connection)
        self.watch.refresh(searches, directory.units, directory.clearances)
        fresh = matching.keep(searches, in_thread(matching.find_matches, self.watch, wanted))
        plain, nominal = in_thread(matching.tell, fresh)
        work.emit(SEARCH_EXCHANGE, plain)
        work.emit(SEARCH_NOMINAL_EXCHANGE, nominal)


def _language(call: Call) -> str:
    return str(call.payload.get("language") or call.language)


def _warm_up() -> None:
    """Reads the Lao word list now, and not while somebody waits for the first answer."""
    analyse("ພາສີລາວ")
