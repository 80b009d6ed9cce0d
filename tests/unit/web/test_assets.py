from __future__ import annotations

import re

import pytest

from services.gateway.web.assets import STATIC, Assets
from services.gateway.web.rendering import TEMPLATES
from shared.errors import NotFound
from tests.conftest import skip_or_fail

FIRST_LOAD = 150_000


@pytest.fixture(scope="module")
def assets():
    return Assets()


def test_sheets_are_one_file_under_the_hash_of_all(assets):
    assert assets.url("opencen.css") == f"/static/{assets.version}/opencen.css"
    assert b"--accent" in assets.files["opencen.css"].plain
    assert not any(name.startswith("css/") for name in assets.files)


def test_an_answer_is_compressed_where_the_browser_takes_it(assets):
    plain, packed = assets.answer("opencen.css", ""), assets.answer("opencen.css", "br, gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 3
    assert "immutable" in packed.headers["cache-control"]
    with pytest.raises(NotFound):
        assets.answer("../door.py", "")


def test_the_first_load_fits_the_budget(assets):
    if not any(name.startswith("vendor/") for name in assets.files):
        skip_or_fail("the fonts are not there: run `npm ci` and `npm run assets`")
    sizes = {name: len(asset.compressed or asset.plain) for name, asset in assets.files.items()}
    page = 25_000  # the largest page, compressed (the record with its lists); tests/browser measures the real ones
    assert sum(sizes.values()) + page <= FIRST_LOAD


def test_no_template_has_inline_style_or_script():
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style", text), path.name
        assert all('src="' in tag or 'type="application/json"' in tag for tag in re.findall(r"<script[^>]*>", text)), path.name


def test_scripts_are_small_modules():
    for path in (STATIC / "js").glob("*.js"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250, path.name
