"""Logs hold no nominal data; health and metrics answer."""

from __future__ import annotations

import io
import json
import logging
import urllib.error
import urllib.request

import pytest

from shared.observability import Health, JsonFormatter, correlated, serve_health
from shared.runner.ports import free_ports
from shared.tracing import traced


@pytest.fixture
def logged():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("cases"))
    logger = logging.getLogger("tests.observability")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield logger, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_a_line_is_one_object_with_what_ties_it_to_its_call(logged):
    logger, lines = logged
    with correlated("c-1"), traced("00-" + "a" * 32 + "-" + "b" * 16 + "-01") as span:
        logger.info("Saved", extra={"queue": "reports.cases"})
    (line,) = lines()
    assert line["message"] == "Saved"
    assert line["queue"] == "reports.cases"
    assert line["process"] == "cases"
    assert line["correlation_id"] == "c-1"
    assert line["traceparent"] == span


def _fail_on(title):
    try:
        int(title)
    except ValueError as error:
        raise RuntimeError("narrative: secret") from error


def test_an_error_is_told_without_its_text(logged):
    logger, lines = logged
    try:
        _fail_on("Ketamine of Mr Secret")
    except RuntimeError:
        logger.exception("A handler failed")
    (line,) = lines()
    assert "ecret" not in json.dumps(line)
    assert line["error"]["type"] == "builtins.RuntimeError"
    assert line["error"]["cause"]["type"] == "builtins.ValueError"
    assert any("test_an_error_is_told_without_its_text" in place for place in line["error"]["places"])


def _get(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_health_and_metrics_answer():
    health = Health("cases")
    port = free_ports(1)[0]
    serve_health(health, port)
    url = f"http://127.0.0.1:{port}"
    assert _get(f"{url}/healthz")[0] == 503
    health.ready()
    status, body = _get(f"{url}/healthz")
    assert (status, json.loads(body)) == (200, {"process": "cases", "state": "running", "checks": {}})

    def fail():
        raise ConnectionError("host and password")

    health.register("database", fail)
    status, body = _get(f"{url}/healthz")
    assert status == 503
    assert json.loads(body)["checks"] == {"database": "ConnectionError"}
    status, body = _get(f"{url}/metrics")
    assert status == 200
    assert b"python_info" in body
    assert _get(f"{url}/secrets")[0] == 404
