"""The way of a seizure as an officer walks it: recorded in Lao, found by a Lao word, seen by another screen without reloading."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, sign_in
from tests.waiting import eventually

pytestmark = [pytest.mark.servers, pytest.mark.browser]

NARRATIVE = "ຜ່ານເຄື່ອງສະແກນພົບເຫັນເຄຕາມີນຊຸກເຊື່ອງຢູ່ພື້ນກະເປົາສອງຊັ້ນຜູ້ກ່ຽວຖືກກັກຕົວ"
WORD = "ກະເປົາ"


@pytest.fixture
def watch(installation):
    """A watch of the central unit for a word that nobody else writes."""
    mark = f"ທົດລອງ{uuid.uuid4().hex[:8]}"
    with installation.rest("analyst.hq") as analyst:
        made = analyst.post("/saved-searches", json={"name": f"Training {mark}", "query": mark, "alert": True, "severity": "high"})
        made.raise_for_status()
        yield mark
        analyst.delete(f"/saved-searches/{made.json()['id']}", headers={"If-Match": "*"})


def test_an_officer_signs_in_records_submits_and_finds_and_a_screen_is_alerted(officers, watch):
    screen = officers.open("analyst.hq", "en")
    screen.goto("/alerts")
    expect(screen.locator("[data-live]")).not_to_have_class(re.compile("off"), timeout=10_000)
    expect(screen.locator("[data-live]")).to_be_visible()
    listed = screen.locator("[data-alert]").count()
    screen.evaluate("window.neverReloaded = true")

    page = officers.context(None, "lo").new_page()
    sign_in(page, "officer.vte")
    case_no = record_in_lao(page, watch)

    expect(screen.locator("[data-fresh]")).to_be_visible(timeout=10_000)
    assert screen.evaluate("window.neverReloaded") is True
    assert screen.locator("[data-alert]").count() == listed, "nothing moves under the hand"
    screen.keyboard.press("n")
    expect(screen.locator("main")).to_contain_text(case_no)
    expect(screen.locator(".alert.new", has_text=watch)).to_be_visible()

    finds_it(page, case_no, watch)
    screen.context.close()
    page.context.close()


def record_in_lao(page, mark):
    page.goto("/record")
    page.locator("#title").fill(f"ຝຶກອົບຮົມ ເຄຕາມີນໃນກະເປົາເດີນທາງ {mark}")
    choose_goods(page, "ເຄຕາມີນ")
    page.locator("#goods-0-quantity").fill("2,4")
    page.locator("#detection_method").select_option("xray_scanner")
    page.locator("input[name='offence_types'][value='concealment']").check()
    page.locator("#narrative-lo").fill(NARRATIVE)
    page.locator("button[value='submit']").first.click()
    page.wait_for_url(re.compile(r"/cases/"))
    expect(page.locator(".toast", has_text="ສົ່ງຄະດີເພື່ອຮັບຮອງແລ້ວ")).to_be_visible()
    return re.search(r"LA-VTE-\d{4}-\d{6}", page.locator("main").inner_text())[0]


def choose_goods(page, words):
    page.locator("#goods-0-kind").fill(words)
    page.locator(".combo-list [role='option']").first.click()


def finds_it(page, case_no, mark):
    """By a word inside a sentence that has no spaces."""

    def found():
        page.goto("/search?sort=-date")
        page.locator("#q").fill(f"{WORD} {mark}")
        page.locator(".query button").click()
        page.wait_for_load_state()
        return case_no in page.locator("#hits").inner_text()

    eventually(found, timeout=15, message="the case was not found")
    hit = page.locator(".hit", has_text=case_no)
    assert WORD in hit.locator("mark").all_inner_texts()
    hit.locator("h3 a").click()
    expect(page.locator("main")).to_contain_text(NARRATIVE)


def test_a_wrong_password_says_neither_which(officers):
    page = officers.open(None, "en")
    page.goto("/sign-in")
    page.locator("#username").fill("officer.vte")
    page.locator("#password").fill("wrong")
    page.locator("button.main").click()
    expect(page.locator(".summary-bad")).to_contain_text("The name or the password is not right")
    assert page.locator("#username").input_value() == "officer.vte"
    page.context.close()


def test_every_problem_is_said_at_once_and_leads_to_its_field(officers):
    page = officers.open("officer.vte", "en")
    page.goto("/record")
    page.locator("#occurred_at").fill("2031-01-01")
    page.locator("button[value='submit']").first.click()
    summary = page.locator(".summary-bad")
    expect(summary).to_be_focused()
    links = summary.locator("a")
    assert links.count() >= 2
    for index in range(links.count()):
        target = links.nth(index).get_attribute("href")
        assert page.locator(target).count() == 1, target
    expect(page.locator("#occurred_at")).to_have_attribute("aria-invalid", "true")
    page.context.close()


def test_lines_are_added_and_removed_without_losing_a_word(officers):
    page = officers.open("officer.vte", "en")
    page.goto("/record")
    page.locator("#title").fill("Training: two kinds of goods")
    choose_goods(page, "heroin")
    page.locator("[data-add='goods']").click()
    expect(page.locator("[data-line]")).to_have_count(2)
    assert page.locator("#title").input_value() == "Training: two kinds of goods"
    page.locator("button[value='remove-goods-0']").click()
    expect(page.locator("#goods [data-line]")).to_have_count(1)
    assert page.locator("#title").input_value() == "Training: two kinds of goods"
    page.context.close()


def test_words_stay_on_the_device_when_the_centre_is_away(officers):
    page = officers.open("officer.vte", "en")
    page.goto("/record")
    page.route("**/record*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.locator("#title").fill("Training: written without a line")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-saved]")).to_contain_text("kept on this device")
    page.goto("/")
    expect(page.locator("[data-device-drafts]")).to_contain_text("Training: written without a line")
    page.goto("/record")
    assert page.locator("#title").input_value() == "Training: written without a line"
    page.context.close()


def test_two_officers_on_one_record_compare_before_one_wins(officers, installation):
    with installation.rest("officer.vte") as officer:
        case = officer.post("/cases", json={"title": "Training: written twice", "office": "LA-VTE"}).json()
        page = officers.open("officer.vte", "en")
        page.goto(f"/record/{case['id']}")
        officer.patch(f"/cases/{case['id']}", json={"title": "Training: the other hand"}, headers={"If-Match": "*"}).raise_for_status()
        page.locator("#title").fill("Training: my hand")
        page.locator("button[value='leave']").click()
        conflict = page.locator("[aria-labelledby='conflict-heading']")
        expect(conflict).to_contain_text("Training: the other hand")
        expect(conflict).to_contain_text("Training: my hand")
        assert page.locator("#title").input_value() == "Training: my hand"
        conflict.locator("button[value='save']").click()
        eventually(lambda: officer.get(f"/cases/{case['id']}").json()["title"] == "Training: my hand")
        page.context.close()


def test_it_works_without_script(browser, installation):
    context = browser.new_context(java_script_enabled=False, base_url=installation.url, viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()
    sign_in(page, "officer.vte")
    page.goto("/record")
    page.locator("#title").fill("Training: without script")
    page.locator("select[name='goods[0].kind']").select_option("drugs/heroin")
    page.locator("button[value='leave']").click()
    page.wait_for_url(re.compile("done=saved"))
    expect(page.locator("main")).to_contain_text("Training: without script")
    page.goto("/search?q=heroin")
    expect(page.locator("#hits-heading")).to_be_visible()
    context.close()


def test_the_first_load_is_light(officers):
    """Page, sheet, scripts and fonts as they travel, for a browser that has nothing yet."""
    page = officers.open("officer.vte", "lo")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/")
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => true)")
    assert 20_000 < sum(sizes) <= 150_000
    page.context.close()
