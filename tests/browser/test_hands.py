"""Keys, panels, files and paper: what an officer's hands do besides writing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.servers, pytest.mark.browser]


def test_keys_go_to_places_and_never_act_while_writing(officers):
    page = officers.open("officer.vte")
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("gd")
    assert page.locator("#find").input_value() == "gd"
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url(re.compile("/dashboard"))
    page.keyboard.press("?")
    expect(page.locator("dialog[open] #keys-heading")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.context.close()


def test_rows_are_walked_and_the_record_beside_follows(officers):
    page = officers.open("analyst.hq")
    page.goto("/search?sort=-date")
    first = page.locator("#peek h2").inner_text()
    page.keyboard.press("j")
    expect(page.locator("[data-row][aria-current]")).to_have_count(1)
    expect(page.locator("#peek h2")).not_to_have_text(first)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/cases/"))
    page.context.close()


def test_the_fields_open_beside_the_query(officers):
    page = officers.open("analyst.hq", "lo")
    page.goto("/search?q=heroin")
    page.keyboard.press("?")
    expect(page.locator("#fields-panel")).to_contain_text("ປະເທດ:")
    assert page.url.endswith("/search?q=heroin")
    page.locator("#fields-panel [data-close-panel]").click()
    expect(page.locator("#fields-panel")).to_be_empty()
    page.context.close()


def test_a_facet_narrows_and_stays_chosen(officers):
    page = officers.open("analyst.hq")
    page.goto("/search")
    total = page.locator("#hits-heading b").inner_text()
    page.locator(".facet input[value='commodity:drugs']").check()
    expect(page.locator("#hits-heading b")).not_to_have_text(total)
    expect(page.locator(".facet input[value='commodity:drugs']")).to_be_checked()
    assert "commodity%3Adrugs" in page.url
    page.context.close()


def test_the_dashboard_gives_its_files(officers):
    page = officers.open("chief.hq")
    page.goto("/dashboard")
    for link, kind in ((".csv", "text/csv"), (".xlsx", "spreadsheetml")):
        address = page.locator(f"a[href*='seizures-by-month{link}']").get_attribute("href")
        answer = page.request.get(address)
        assert answer.status == 200
        assert kind in answer.headers["content-type"]
        assert len(answer.body()) > 100
    page.context.close()


def test_a_form_of_another_site_is_refused(officers):
    page = officers.open("officer.vte")
    page.goto("/")
    answer = page.request.post("/record", form={"title": "Training: forged", "act": "leave", "csrf_token": "guessed"}, max_redirects=0)
    assert answer.status == 403
    assert page.request.post("/sign-out", form={}, max_redirects=0).status == 403
    page.context.close()


def test_what_one_may_not_see_is_said_and_recorded(officers, installation):
    page = officers.open("officer.vte")
    assert page.goto("/trail").status == 403
    expect(page.locator("h1")).to_have_text("You may not see this")
    page.context.close()
    auditor = installation.rest("auditor.hq")
    with auditor:
        refused = auditor.get("/audit", params={"action": "access.refused", "limit": 50}).json()["items"]
    assert any(entry["outcome"] == "refused" for entry in refused)


def test_paper_carries_the_marking_and_nothing_to_press(officers):
    page = officers.open("validator.vte")
    page.goto("/")
    page.locator("a[href^='/cases/']").first.click()
    page.emulate_media(media="print")
    expect(page.locator(".marking")).to_be_visible()
    expect(page.locator(".printed")).to_contain_text("Printed by")
    for selector in (".bar", ".tabs", ".steps", "aside .btn"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.context.close()


def test_the_theme_is_kept(officers):
    page = officers.open("officer.vte")
    page.goto("/keys")
    page.locator(".menu > summary").click()
    page.locator(".menu a[href*='theme=dark']").click()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.context.close()
