"""What every page must hold, measured in the browser."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from playwright.sync_api import Page

from services.gateway.web.catalogue import read_catalogue
from tests.browser.conftest import AXE

PLACEHOLDER = re.compile(r"%\(\w+\)s")

# Lao needs 1.62 em for its tallest stack: a line, or a box that cuts, must leave as much.
CLIPPED = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const lao = /[\\u0e80-\\u0eff]/;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!lao.test(node.data) || !element.checkVisibility() || element.closest('svg, script, template, .vh, select, [hidden]')) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize), line = parseFloat(style.lineHeight);
    if (!(line / size >= 1.62)) found.push(`line ${line} of ${size}: ${node.data.trim().slice(0, 40)}`);
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const cut = getComputedStyle(box);
      const words = `${box.className}: ${node.data.trim().slice(0, 40)}`;
      if (['hidden', 'clip'].includes(cut.overflowY) && box.scrollHeight > box.clientHeight + 1) found.push(`cut in ${words}`);
      if (['hidden', 'clip'].includes(cut.overflowX) && box.scrollWidth > box.clientWidth + 1) found.push(`cut beside in ${words}`);
    }
  }
  for (const box of document.querySelectorAll('select, input, textarea')) {
    const style = getComputedStyle(box);
    if (!box.checkVisibility() || !box.clientHeight || ['checkbox', 'radio', 'hidden'].includes(box.type) || box.closest('.vh')) continue;
    if (box.clientHeight < 1.62 * parseFloat(style.fontSize)) found.push(`low field ${box.name}`);
  }
  return found;
}"""

TEXTS = """() => {
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const elsewhere = 'script, template, code, kbd, .id, option, [lang=en], input, textarea';
    if (!node.parentElement.closest(elsewhere)) texts.push(node.data.trim());
  }
  for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [data-l]')) {
    for (const name of ['aria-label', 'placeholder', 'title', 'data-l']) texts.push((element.getAttribute(name) ?? '').trim());
  }
  texts.push(document.title.replace(/ - OpenCEN$/, ''));
  return texts.filter(Boolean);
}"""


def axe_violations(page: Page) -> list[str]:
    """axe-core with every rule that it runs by default, none off."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("() => axe.run(document).then((result) => result.violations)")
    return [f"{item['id']}: {node['target']} {node['failureSummary']}" for item in found for node in item["nodes"]]


def sideways(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def clipped_lao(page: Page) -> list[str]:
    return list(page.evaluate(CLIPPED))


def policy_violations(page: Page) -> list[str]:
    return list(page.evaluate("() => window.violations"))


def english_left(page: Page) -> list[str]:
    """Texts of a Lao page that are an English message for which the catalogue has Lao."""
    whole, patterns = _english()
    return sorted({text for text in page.evaluate(TEXTS) if text in whole or any(pattern.fullmatch(text) for pattern in patterns)})


@cache
def _english() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    pairs = [
        (message.id[0], message.string[0]) if isinstance(message.id, tuple) else (message.id, message.string)
        for message in read_catalogue()
        if message.id
    ]
    differing = [source for source, text in pairs if source != text]
    whole = frozenset(source for source in differing if not PLACEHOLDER.search(source))
    # A message with parameters is recognised by its fixed words: three letters in a row at least, or a name could be taken for it.
    with_parameters = [
        source for source in differing if PLACEHOLDER.search(source) and re.search(r"[A-Za-z]{3}", PLACEHOLDER.sub(" ", source))
    ]
    return whole, tuple(re.compile(".+".join(map(re.escape, PLACEHOLDER.split(source)))) for source in with_parameters)


def all_faults(page: Page, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "axe": axe_violations(page),
        "sideways": max(0, sideways(page)),
        "clipped": clipped_lao(page),
        "policy": policy_violations(page),
        "english": english_left(page) if language == "lo" else [],
        "language": [] if page.locator("html").get_attribute("lang") == language else ["html lang is not the page's"],
    }
    return {name: fault for name, fault in found.items() if fault}


def told(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1)
