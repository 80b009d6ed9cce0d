"""A real Chromium on a whole installation. Each officer signs in once, by the form; their pages then share the session's cookie."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import skip_or_fail
from tests.installation import PASSWORD, Installation

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]
DESK, PHONE = (1366, 768), (390, 844)
NOTE_VIOLATIONS = """window.violations = [];
addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));"""


@dataclass(slots=True)
class Faults:
    """What a page complained about: errors in the console and in scripts."""

    told: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.told.append(f"script: {error}"))
        page.on("console", lambda message: self.told.append(f"console: {message.text}") if message.type == "error" else None)


class Officers:
    """`open(username, language, size)` gives a new page of a signed-in officer; no name, nobody signed in."""

    def __init__(self, browser: Browser, installation: Installation) -> None:
        self._browser = browser
        self._installation = installation
        self._states: dict[str, Any] = {}

    def context(self, username: str | None, language: str, size: tuple[int, int] = DESK) -> BrowserContext:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
            locale="en-GB",
            timezone_id="Asia/Vientiane",
            base_url=self._installation.url,
            storage_state=self._state(username) if username else None,
        )
        context.add_cookies([{"name": "opencen_language", "value": language, "url": self._installation.url}])
        context.add_init_script(NOTE_VIOLATIONS)
        return context

    def open(self, username: str | None, language: str = "en", size: tuple[int, int] = DESK) -> Page:
        return self.context(username, language, size).new_page()

    def _state(self, username: str) -> Any:
        if username not in self._states:
            context = self._browser.new_context(base_url=self._installation.url)
            page = context.new_page()
            sign_in(page, username)
            self._states[username] = context.storage_state()
            context.close()
        return self._states[username]


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.locator("#username").fill(username)
    page.locator("#password").fill(password)
    page.locator("form[action='/sign-in'] button.main").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ends with this package: Playwright's event loop would be in the way of the asynchronous tests that follow."""
    if not shutil.which(CHROMIUM):
        skip_or_fail(f"no Chromium at {CHROMIUM}: install Debian's chromium")
    if not AXE.exists():
        skip_or_fail("axe-core is not there: run `npm ci`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def officers(browser: Browser, installation: Installation) -> Officers:
    return Officers(browser, installation)
