"""Dashboard: figures, the trend with the year before, and what was seized where, each with its table and its files."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.gateway.handlers import reports
from services.gateway.session import Session
from services.gateway.translation import translate
from services.gateway.web import charts, dashboard_view
from services.gateway.web.door import Web, page_router
from shared.errors import ServiceError, Unavailable
from shared.i18n import N_
from shared.security.rules import require

PERIODS = {"3": N_("Last 3 months"), "6": N_("Last 6 months"), "12": N_("Last 12 months"), "24": N_("Last 24 months")}
DEFAULT_PERIOD = "12"
FILES = ("csv", "xlsx")


@dataclass(frozen=True, slots=True)
class Choice:
    """`months` end with this one; the year before has the same months."""

    period: str
    office: str
    months: list[str]
    last: date

    @property
    def first(self) -> date:
        return date.fromisoformat(f"{self.months[0]}-01")

    def options(self) -> dict[str, Any]:
        return {"from": self.first.isoformat(), "to": self.last.isoformat()} | self._filters()

    def year_before(self) -> dict[str, Any]:
        months = [_year_before(month) for month in self.months]
        return {"from": f"{months[0]}-01", "to": _last_day(months[-1]).isoformat()} | self._filters()

    def _filters(self) -> dict[str, Any]:
        return {"filters": {"office": self.office}} if self.office else {}


def create_router(web: Web) -> APIRouter:
    router = page_router(web)

    @router.get("/dashboard")
    async def dashboard(request: Request) -> Response:
        visitor, session = await web.officer(request)
        require(session.principal, "report.run")
        choice = _choice(request, web.pages.formats[visitor.language].now().date())
        shown: dict[str, Any] = {
            "first": choice.first,
            "last": choice.last,
            "period": choice.period,
            "office": choice.office,
            "office_name": web.units.name(choice.office, visitor.language),
            "periods": [(key, translate(visitor.language, title)) for key, title in PERIODS.items()],
            "offices": web.units.offices(visitor.language),
            "export_query": urlencode({"period": choice.period, "office": choice.office}),
        }
        try:
            found = await _reports(web, session, choice)
        except Unavailable:
            return web.pages.render(request, visitor, "dashboard.html", 503, place="dashboard", away=True, **shown)
        shown |= dashboard_view.view_of(found, choice.months, web.pages.formats[visitor.language], visitor.language)
        return web.pages.render(request, visitor, "dashboard.html", place="dashboard", **shown)

    @router.get("/dashboard/{key}.{file_format}")
    async def export(request: Request, key: str, file_format: str) -> Response:
        _, session = await web.officer(request, counted=False)
        choice = _choice(request, web.pages.formats["en"].now().date())
        file = await reports.render_report(web.gateway, session, key, file_format if file_format in FILES else "csv", choice.options())
        headers = {"Content-Disposition": f'attachment; filename="{file.filename}"', "Cache-Control": "no-store"}
        return Response(file.content, media_type=file.media_type, headers=headers)

    return router


async def _reports(web: Web, session: Session, choice: Choice) -> dict[str, dict[str, Any]]:
    """All at once. Raises Unavailable when the service does not answer."""
    wanted = {
        "month": ("seizures-by-month", choice.options()),
        "month_before": ("seizures-by-month", choice.year_before()),
        "commodity": ("seizures-by-commodity", choice.options()),
        "country": ("seizures-by-country", choice.options()),
        "office": ("seizures-by-office", choice.options()),
        "flow": ("seizures-by-flow", choice.options()),
    }
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {
                name: group.create_task(reports.run_report(web.gateway, session, key, options)) for name, (key, options) in wanted.items()
            }
    except* ServiceError as errors:
        raise errors.exceptions[0] from None  # the first says it for all
    return {name: task.result() for name, task in tasks.items()}


def _choice(request: Request, today: date) -> Choice:
    period = request.query_params.get("period", DEFAULT_PERIOD)
    period = period if period in PERIODS else DEFAULT_PERIOD
    return Choice(period, request.query_params.get("office", ""), charts.last_months(today, int(period)), today)


def _last_day(month: str) -> date:
    return (date.fromisoformat(f"{month}-28") + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _year_before(month: str) -> str:
    return f"{int(month[:4]) - 1:04d}{month[4:]}"
