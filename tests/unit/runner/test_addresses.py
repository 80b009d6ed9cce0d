"""Ports: ours give way to others, the operator's own choice does not."""

from __future__ import annotations

import socket

import pytest

from shared.runner.addresses import choose_addresses, require_http_port
from shared.runner.errors import RunnerError
from shared.runner.ports import free_ports
from shared.settings import Settings, load_settings


@pytest.fixture
def taken():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENCEN_HOME", str(tmp_path))
    return tmp_path


def _settings(home, **values):
    names = ("postgresql_port", "rabbitmq_port", "rabbitmq_distribution_port", "rabbitmq_epmd_port")
    return Settings(home=home, **(dict(zip(names, free_ports(4), strict=True)) | values))


def test_a_taken_port_gives_way_to_a_free_one_which_is_remembered(home, taken):
    chosen = choose_addresses(_settings(home, postgresql_port=taken))
    assert chosen.postgresql_port != taken
    assert load_settings().postgresql_port == chosen.postgresql_port


def test_the_port_of_a_survivor_is_kept(home, taken):
    settings = _settings(home, postgresql_port=taken)
    assert choose_addresses(settings, keep=frozenset({"postgresql_port"})).postgresql_port == taken


def test_a_port_that_the_operator_gave_is_an_error_when_taken(monkeypatch, home, taken):
    monkeypatch.setenv("OPENCEN_POSTGRESQL_PORT", str(taken))
    with pytest.raises(RunnerError, match=f"Port {taken} is taken.*OPENCEN_POSTGRESQL_PORT"):
        choose_addresses(_settings(home, postgresql_port=taken))


def test_training_is_remembered_and_mails_to_itself(home):
    choose_addresses(_settings(home, training=True, smtp_port=free_ports(1)[0]))
    again = load_settings()
    assert again.training
    assert again.smtp_host == "127.0.0.1"


def test_the_http_port_taken_says_which_other_to_take(home, taken):
    with pytest.raises(RunnerError, match=r"is taken by another program\. .*OPENCEN_HTTP_PORT=\d+"):
        require_http_port(_settings(home, http_port=taken))


def test_an_address_that_is_not_of_this_machine_is_said_so(home):
    with pytest.raises(RunnerError, match=r"no address 192\.0\.2\.1"):
        require_http_port(_settings(home, http_host="192.0.2.1"))
