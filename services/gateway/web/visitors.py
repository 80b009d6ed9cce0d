"""Who looks at a page, in which language, and the places that their roles open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from services.gateway.session import Session
from services.gateway.translation import LANGUAGES, negotiate, translate
from shared.i18n import N_
from shared.security.rules import may

LANGUAGE_COOKIE = "opencen_language"
THEME_COOKIE = "opencen_theme"
THEMES = ("light", "dark")

# key, path, label, icon, the act that opens it (None: everyone)
PLACES = (
    ("home", "/", N_("Home"), "home", None),
    ("record", "/record", N_("Record"), "plus", "case.create"),
    ("search", "/search", N_("Search"), "search", "case.search"),
    ("alerts", "/alerts", N_("Alerts"), "bell", "alert.read"),
    ("dashboard", "/dashboard", N_("Dashboard"), "chart", "report.run"),
    ("trail", "/trail", N_("Trail"), "bars", "audit.read"),
)
TAB_ORDER = ("home", "search", "record", "alerts", "dashboard", "trail")


@dataclass(frozen=True, slots=True)
class PlaceLink:
    key: str
    path: str
    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class Visitor:
    language: str
    session: Session | None
    theme: str = ""
    csrf: str = ""
    new_alerts: int = 0

    @property
    def signed_in(self) -> bool:
        return self.session is not None

    @property
    def account(self) -> str:
        return self.session.principal.account if self.session else ""

    @property
    def username(self) -> str:
        return self.session.principal.username if self.session else ""

    @property
    def name(self) -> str:
        return self.session.name if self.session else ""

    @property
    def unit(self) -> str:
        return self.session.principal.unit if self.session else ""

    @property
    def unit_name(self) -> str:
        return in_language(self.session.unit_names, self.language) if self.session else ""

    def may(self, act: str) -> bool:
        return self.session is not None and may(self.session.principal, act)

    @property
    def may_search(self) -> bool:
        return self.may("case.search")

    @property
    def may_import(self) -> bool:
        return self.may("import.create")

    @property
    def places(self) -> list[PlaceLink]:
        if self.session is None:
            return []
        return [
            PlaceLink(key, path, translate(self.language, label), icon)
            for key, path, label, icon, act in PLACES
            if act is None or self.may(act)
        ]

    @property
    def tabs(self) -> list[PlaceLink]:
        return sorted(self.places, key=lambda place: TAB_ORDER.index(place.key))


def in_language(texts: Mapping[str, Any], language: str) -> str:
    """The text in this language, else in any that there is."""
    for candidate in (language, *LANGUAGES):
        if texts.get(candidate):
            return str(texts[candidate])
    return next((str(text) for text in texts.values() if text), "")


def page_language(request: Request) -> str:
    """What the officer asked for on this page, else chose before, else what the browser prefers."""
    for candidate in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if candidate in LANGUAGES:
            return candidate
    return negotiate(request.headers.get("accept-language"))


def page_theme(request: Request) -> str:
    theme = request.query_params.get("theme") or request.cookies.get(THEME_COOKIE) or ""
    return theme if theme in THEMES else ""
