"""Every page of the router, in both languages and at both sizes: accessible, within its window, whole, silent, and in its language."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from services.gateway.gateway import Gateway
from services.gateway.web.assets import Assets
from services.gateway.web.door import create_web
from services.gateway.web.pages import SCREENS as SCREENS_OF_THE_ROUTER
from tests.browser.checks import all_faults, axe_violations, clipped_lao, english_left, policy_violations, sideways, told
from tests.browser.conftest import DESK, PHONE, Faults
from tests.waiting import eventually

pytestmark = [pytest.mark.servers, pytest.mark.browser]

SIZES = {"desk": DESK, "phone": PHONE}
PICTURES = os.environ.get("OPENCEN_PICTURES")  # a directory: the pictures of docs/pictures are taken by this test

# name -> (path of the router, address, who looks)
SCREENS = {
    "sign-in": ("/sign-in", "/sign-in", None),
    "home": ("/", "/", "officer.vte"),
    "home-validator": ("/", "/", "validator.vte"),
    "record-new": ("/record", "/record?mode=quick", "officer.vte"),
    "record": ("/record/{case_id}", "/record/{draft}", "officer.vte"),
    "search": ("/search", "/search?q={word}", "analyst.hq"),
    "search-all": ("/search", "/search?f=commodity:drugs&sort=-date", "officer.vte"),
    "search-nothing": ("/search", "/search?q=xyzzyxyzzy", "analyst.hq"),
    "search-mistake": ("/search", '/search?q=drug:heroin+"false', "analyst.hq"),
    "fields": ("/search/fields", "/search/fields", "analyst.hq"),
    "watches": ("/watches", "/watches", "analyst.hq"),
    "case": ("/cases/{case_id}", "/cases/{submitted}", "validator.vte"),
    "versions": ("/cases/{case_id}/versions/{before}..{after}", "/cases/{submitted}/versions/1..2", "validator.vte"),
    "alerts": ("/alerts", "/alerts", "{alerted}"),
    "alert": ("/alerts/{alert_id}", "/alerts/{alert}", "{alerted}"),
    "dashboard": ("/dashboard", "/dashboard", "chief.hq"),
    "imports": ("/imports", "/imports", "analyst.hq"),
    "import-job": ("/imports/{job_id}", "/imports/{job}", "analyst.hq"),
    "trail": ("/trail", "/trail", "auditor.hq"),
    "keys": ("/keys", "/keys", "officer.vte"),
    "not-found": ("", "/cases/LA-VTE-1999-999999", "officer.vte"),
    "forbidden": ("", "/imports", "officer.vte"),
}
NO_PAGES = {"/alerts/count", "/dashboard/{key}.{file_format}"}
UNODC = (
    "REGION;SUBREGION;COUNTRY;ADMINISTRATIVE_DIVISION;PLACE;SEIZURE_DATE;DRUG_NAME;AMOUNT;DRUG_UNIT;HIDING_PLACE;INSTALLATION;TRANSPORT;"
    "PRODUCING_COUNTRY;DEPARTURE_COUNTRY;DESTINATION_COUNTRY;ROUTING\n"
    "Asia;South-East Asia;Lao PDR;Training;Training place;2014-01-05;Heroin;1.5;Kilogram;;;Road;;;;\n"
)
LAO_WORD = "ກະເປົາ"


@dataclass(frozen=True, slots=True)
class Records:
    draft: str
    submitted: str
    alert: str
    alerted: str
    job: str
    word: str = LAO_WORD


@pytest.fixture(scope="module")
def records(installation) -> Iterator[Records]:
    """Something to see on each page, made by REST."""
    with installation.rest("officer.vte") as officer, installation.rest("analyst.hq") as analyst:
        body = {
            "title": "ຝຶກອົບຮົມ: ເຄຕາມີນ ໃນກະເປົາເດີນທາງ",
            "office": "LA-VTE",
            "occurred_at": "2026-11-20T09:30:00+07:00",
            "place": {"name": "ສະໜາມບິນສາກົນວັດໄຕ", "country": "LA"},
            "detection_method": "xray_scanner",
            "offence_types": ["concealment"],
            "narrative": {"lo": "ຜ່ານເຄື່ອງສະແກນ ພົບເຄຕາມີນ ຊຸກເຊື່ອງຢູ່ພື້ນກະເປົາສອງຊັ້ນ.", "en": "Training text: found by the scanner."},
            "goods": [{"commodity": "drugs", "subtype": "ketamine", "quantity": "2.4", "unit": "KGM", "description": {"lo": "ຝຸ່ນສີຂາວ"}}],
            "route": [
                {"role": "departure", "country": "TH", "known": "actual"},
                {"role": "seizure", "country": "LA", "known": "actual"},
                {"role": "destination", "country": "AU", "known": "planned"},
            ],
            "conveyances": [{"mode": "4", "flight_or_voyage": "ZZ9004"}],
            "concealment": [{"code": "hold_baggage", "text": "ພື້ນສອງຊັ້ນ"}],
        }
        watch = {"name": "ເຄຕາມີນ ທາງອາກາດ", "query": "drug:ketamine", "alert": True, "severity": "critical"}
        analyst.post("/saved-searches", json=watch).raise_for_status()
        draft = officer.post("/cases", json=body | {"title": "ຝຶກອົບຮົມ: ຮ່າງ"}).json()["id"]
        case = officer.post("/cases", json=body).json()
        case = officer.patch(f"/cases/{case['id']}", json={"tags": ["training"]}, headers={"If-Match": "*"}).json()
        officer.post(f"/cases/{case['id']}/transitions", json={"to": "submitted"}, headers={"If-Match": "*"}).raise_for_status()
        job = analyst.post(
            "/imports", data={"mapping": "unodc-ids", "dry_run": "false"}, files={"file": ("rows.csv", io.BytesIO(UNODC.encode()))}
        )

        def raised():
            items = analyst.get("/alerts", params={"limit": 500}).json()["items"]
            return next((alert["id"] for alert in items if alert["case"]["id"] == case["id"]), None)

        alert = eventually(raised, timeout=30, message="no alert of the submitted case")
        yield Records(draft, case["id"], alert, "analyst.hq", job.json()["job"])


def test_every_page_of_the_router_is_on_the_list(installation):
    web = create_web(Gateway(installation.settings), Assets())
    routes = [route for screen in SCREENS_OF_THE_ROUTER for route in screen.create_router(web).routes if isinstance(route, APIRoute)]
    pages = {route.path for route in routes if "GET" in route.methods}
    assert len(pages) > 10
    assert pages - NO_PAGES == {path for path, _, _ in SCREENS.values()} - {""}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "lo"])
@pytest.mark.parametrize("name", SCREENS)
def test_page(officers, records, name, language, size):
    _, address, who = SCREENS[name]
    values = {field: getattr(records, field) for field in Records.__slots__}
    page = officers.open(who.format(**values) if who else None, language, SIZES[size])
    faults = Faults()
    faults.watch(page)
    answer = page.goto(address.format(**values))
    page.wait_for_load_state("load")
    page.wait_for_function("document.documentElement.classList.contains('js')")
    found = all_faults(page, language)
    # A page that says what is wrong answers with its status, and the browser notes that.
    silent = [fault for fault in faults.told if not (answer.status >= 400 and "Failed to load resource" in fault)]
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.{language}.{size}.png")
    page.context.close()
    assert answer.status < 500
    assert not found, told(found)
    assert silent == []


def test_the_dark_theme_is_as_accessible(officers, records):
    for address in ("/", f"/cases/{records.submitted}", "/search", "/dashboard"):
        page = officers.open("validator.vte", "lo")
        page.goto(f"{address}?theme=dark")
        assert axe_violations(page) == []
        page.context.close()


def test_a_fault_is_found(officers):
    """Each check sees what it is for."""
    page = officers.open("officer.vte", "lo")
    page.goto("/")
    page.evaluate(
        """() => {
          const main = document.querySelector('main');
          const image = document.createElement('img'); image.src = '/static/x/mark.svg'; main.append(image);
          const wide = document.createElement('div'); wide.append('x'); wide.className = 'fault-wide'; main.append(wide);
          wide.style.width = '3000px';
          const cut = document.createElement('p'); cut.append('ເຈົ້າໜ້າທີ່ ນ້ຳ ປູ່'); main.append(cut); cut.style.lineHeight = '1.1';
          const english = document.createElement('p'); english.append('Sign in'); main.append(english);
          const script = document.createElement('script'); script.textContent = 'window.broken = true'; main.append(script);
        }"""
    )
    assert any(fault.startswith("image-alt") for fault in axe_violations(page))
    assert sideways(page) > 0
    assert any("ເຈົ້າໜ້າທີ່" in fault for fault in clipped_lao(page))
    assert english_left(page) == ["Sign in"]
    assert any(fault.startswith("script-src") for fault in policy_violations(page))
    assert page.evaluate("window.broken") is None
    page.context.close()
