"""Templates in the officer's language, with the headers that every page carries."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import ChainableUndefined, Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from services.gateway.translation import LANGUAGES, translate, translator
from services.gateway.web import labels, words
from services.gateway.web.assets import Assets
from services.gateway.web.formatting import Formats, span
from services.gateway.web.found_words import language_of
from services.gateway.web.visitors import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, Visitor, in_language
from shared.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
HOME_COUNTRY = "LA"
LAO_RUN = re.compile(r"([\u0e80-\u0eff]+(?:[\s\d.,]+[\u0e80-\u0eff]+)*)")
YEAR_SECONDS = 365 * 24 * 3600
COMPRESS_FROM = 1000
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Cookie, Accept-Encoding, Accept-Language",
}


class Pages:
    def __init__(self, settings: Settings, assets: Assets) -> None:
        self.assets = assets
        self.settings = settings
        self.formats = {language: Formats(language, settings.zone) for language in LANGUAGES}
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def text(self, template: str, request: Request, visitor: Visitor, **context: Any) -> str:
        environment = self._environments[visitor.language]
        done = request.query_params.get("done", "")
        shared = {
            "visitor": visitor,
            "here": request.url.path,
            "here_place": context.pop("place", ""),
            "in_language": lambda code: _same_page(request, "lang", code),
            "in_theme": lambda theme: _same_page(request, "theme", theme),
            "done_message": translate(visitor.language, words.DONE[done]) if done in words.DONE else "",
            "pick": lambda texts: in_language(texts or {}, visitor.language),
        }
        return environment.get_template(template).render(shared | context)

    def render(self, request: Request, visitor: Visitor, template: str, status: int = 200, **context: Any) -> Response:
        body = self.text(template, request, visitor, **context).encode()
        headers = HEADERS | {"Content-Language": visitor.language}
        if len(body) >= COMPRESS_FROM and "gzip" in request.headers.get("accept-encoding", ""):
            body = gzip.compress(body, 5, mtime=0)
            headers["Content-Encoding"] = "gzip"
        response = Response(body, status, headers, media_type="text/html; charset=utf-8")
        _remember_choices(request, response)
        return response

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=ChainableUndefined,
            extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.install_gettext_translations(translator(language), newstyle=True)  # type: ignore[attr-defined]  # added by the i18n extension
        environment.filters["said"] = lambda text: _said(text, language)
        environment.globals |= {
            "asset": self.assets.url,
            "training": self.settings.training,
            "home_country": HOME_COUNTRY,
            "formats": self.formats[language],
            "label": lambda name, code: labels.label(name, code, language),
            "amount": lambda quantity, unit: labels.amount(self.formats[language].number(quantity), unit, language),
            "choices": lambda name: labels.choices(name, language),
            "severity_word": lambda severity: translate(language, str(words.SEVERITIES.get(severity, severity))),
            "since": _since(self.formats[language]),
            "share": lambda part, whole: round(100 * float(part) / float(whole), 1) if float(whole) else 0,
            "script_words": {key: translate(language, message) for key, message in words.SCRIPT.items()},
        }
        return environment


def _said(text: Any, language: str) -> Any:
    """A text of an officer; Lao inside another language is marked, for its font, its height and its voice."""
    if not text or language == "lo":
        return text or ""
    if language_of(str(text)) == "lo":
        return Markup('<span lang="lo">{}</span>').format(text)
    pieces = LAO_RUN.split(str(text))  # every second one is Lao
    return Markup("").join(Markup('<span lang="lo">{}</span>').format(piece) if place % 2 else piece for place, piece in enumerate(pieces))


def _since(formats: Formats) -> Any:
    def since(value: object) -> tuple[str, int]:
        moment = formats.local(value)
        return span((datetime.now(UTC) - moment).total_seconds()) if moment else ("minutes", 0)

    return since


def _same_page(request: Request, choice: str, value: str) -> str:
    """The same page in another language or theme."""
    kept = [(name, text) for name, text in request.query_params.multi_items() if name not in {choice, "done"}]
    return f"{request.url.path}?{urlencode([*kept, (choice, value)])}"


def _remember_choices(request: Request, response: Response) -> None:
    for name, cookie, known in (("lang", LANGUAGE_COOKIE, LANGUAGES), ("theme", THEME_COOKIE, (*THEMES, "system"))):
        chosen = request.query_params.get(name)
        if chosen is not None and chosen in known:
            response.set_cookie(cookie, chosen, max_age=YEAR_SECONDS, samesite="lax", httponly=True, path="/")
