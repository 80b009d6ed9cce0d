"""Bad input by the command line: what comes back names the fault and what to do, and nothing is lost or written."""

from __future__ import annotations

import json
import stat

import psycopg
import pytest

from tests.installation import PASSWORD

pytestmark = pytest.mark.servers

UNODC_HEADER = (
    "REGION;SUBREGION;COUNTRY;ADMINISTRATIVE_DIVISION;PLACE;SEIZURE_DATE;DRUG_NAME;AMOUNT;DRUG_UNIT;HIDING_PLACE;INSTALLATION;"
    "TRANSPORT;PRODUCING_COUNTRY;DEPARTURE_COUNTRY;DESTINATION_COUNTRY;ROUTING"
)
GOOD = "a-long-enough-password"
FAULTS = [
    pytest.param(["import", "no-such-file.csv", "--mapping", "unodc-ids"], 2, "no-such-file.csv", id="a file that is not there"),
    pytest.param(["import", "{folder}", "--mapping", "unodc-ids"], 2, "directory", id="a directory"),
    pytest.param(["import", "{csv}"], 2, "--mapping", id="no mapping"),
    pytest.param(["import", "{csv}", "--mapping", "no-such-mapping"], 1, "mapping:", id="an unknown mapping"),
    pytest.param(["import", "{csv}", "--mapping", '{"nonsense": 1}'], 1, "mapping", id="a mapping that is none"),
    pytest.param(["import", "{binary}", "--mapping", "unodc-ids"], 1, "file:", id="not a table at all"),
    pytest.param(["login", "officer.vte", "--password", "wrong"], 1, "password", id="a wrong password"),
    pytest.param(["user", "add", "someone", "--role", "emperor"], 1, "role: ", id="an unknown role"),
    pytest.param(["user", "add", "someone", "--role", "analyst", "--unit", "XX-NOWHERE"], 1, "unit: ", id="an unknown unit"),
    pytest.param(["user", "add", "officer.vte", "--role", "analyst"], 1, "username: ", id="a name that is taken"),
    pytest.param(["user", "add", "Not a name!", "--role", "analyst"], 1, "username: ", id="a name that cannot be"),
    pytest.param(["user", "add", "someone"], 2, "--role", id="no role"),
    pytest.param(["user", "add", "someone", "--role", "analyst", "--clearance", "cosmic"], 2, "cosmic", id="an unknown clearance"),
    pytest.param(["user", "change", "officer.vte"], 2, "Say what to change", id="nothing to change"),
    pytest.param(["user", "change", "nobody.here", "--inactive"], 1, "nobody.here", id="an unknown account"),
    pytest.param(["user", "deactivate", "nobody.here"], 1, "nobody.here", id="an unknown account to deactivate"),
    pytest.param(["dlq", "show", "no.such.queue"], 1, "no.such.queue", id="an unknown queue"),
    pytest.param(["dlq", "requeue", "reports.cases"], 2, "--all", id="which message"),
    pytest.param(["dlq", "requeue", "reports.cases", "no-such-message"], 1, "No such dead message", id="an unknown message"),
    pytest.param(["dlq", "drop", "reports.cases", "--all"], 2, "--reason", id="a drop without a reason"),
    pytest.param(["dlq", "drop", "reports.cases", "--all", "--reason", "  "], 1, "Say why", id="an empty reason"),
    pytest.param(["rebuild", "everything"], 2, "everything", id="what cannot be rebuilt"),
    pytest.param(["conjure"], 2, "conjure", id="no such command"),
]


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    folder = tmp_path_factory.mktemp("material")
    (folder / "few.csv").write_text("date,commodity\n2026-01-02,ketamine\n")
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 40)
    (folder / "unodc.csv").write_text(f"{UNODC_HEADER}\nAsia;;Laos;;Training;2014-03-14;Heroin;2.5;Kilogram;;;;;;;\n")
    return {"unodc": str(folder / "unodc.csv"), "folder": str(folder), "csv": str(folder / "few.csv"), "binary": str(folder / "noise.bin")}


def _counts(installation) -> tuple[int, int]:
    settings = installation.settings
    with psycopg.connect(settings.database_conninfo("cases")) as cases, psycopg.connect(settings.database_conninfo("gateway")) as gateway:
        rows = [cases.execute("SELECT count(*) FROM cases").fetchone(), gateway.execute("SELECT count(*) FROM account").fetchone()]
    return rows[0][0], rows[1][0]


@pytest.mark.parametrize(("arguments", "code", "said"), FAULTS)
def test_a_fault_is_named_and_nothing_is_written(installation, material, arguments, code, said):
    before = _counts(installation)
    arguments = [argument.format(**material) if argument in ("{folder}", "{csv}", "{binary}") else argument for argument in arguments]
    done = installation.opencen(*arguments, check=False, OPENCEN_USER_PASSWORD=GOOD)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert said in done.stderr
    assert _counts(installation) == before


def test_a_short_password_is_refused_by_name(installation):
    done = installation.opencen("user", "add", "someone", "--role", "analyst", check=False, OPENCEN_USER_PASSWORD="short")
    assert done.returncode == 1
    assert "password: " in done.stderr


def test_signing_in_keeps_a_token_of_its_owner_only(installation):
    token = installation.home / "token"
    before = token.read_text()
    installation.opencen("login", "analyst.hq", "--password", PASSWORD)
    assert token.read_text() != before
    assert stat.S_IMODE(token.stat().st_mode) == 0o600


def test_an_account_from_its_making_to_its_end(installation):
    made = installation.answer(
        "user", "add", "made.here", "--role", "reporting_officer", "--unit", "LA-VTE", OPENCEN_USER_PASSWORD=PASSWORD
    )
    assert (made["unit"], made["active"]) == ("LA-VTE", True)
    with installation.rest("made.here") as client:
        assert client.get("/session").status_code == 200
        changed = installation.answer("user", "change", "made.here", "--role", "validator", "--clearance", "secret")
        assert (changed["roles"], changed["clearance"]) == (["validator"], "secret")
        installation.opencen("user", "password", "made.here", OPENCEN_USER_PASSWORD=GOOD)
        assert client.get("/session").status_code == 401
    assert installation.answer("user", "deactivate", "made.here")["active"] is False
    listed = {account["username"]: account["active"] for account in installation.answer("user", "list")}
    assert listed["made.here"] is False
    assert listed["officer.vte"] is True


def test_a_dry_run_shows_and_writes_nothing(installation, material):
    before = _counts(installation)
    job = installation.answer("import", material["unodc"], "--mapping", "auto", "--dry-run")
    assert job["state"] == "done"
    assert job["counts"]["rows"] == 1
    assert _counts(installation) == before


def test_where_nothing_runs_the_operator_is_told_how_to_start(tmp_path, installation, material):
    elsewhere = {"OPENCEN_HOME": str(tmp_path / "empty"), "OPENCEN_HTTP_PORT": "9"}
    for arguments in (
        ["import", material["csv"], "--mapping", "unodc-ids"],
        ["login", "x", "--password", "y"],
        ["user", "list"],
        ["dlq", "list"],
        ["audit", "verify"],
        ["reports", "verify"],
        ["rebuild", "search"],
    ):
        done = installation.opencen(*arguments, check=False, **elsewhere)
        assert done.returncode == 1, arguments
        assert "Traceback" not in done.stderr, arguments
        assert "opencen up" in done.stderr or "opencen login" in done.stderr, (arguments, done.stderr)
    status = json.loads(installation.opencen("status", "--json", **elsewhere).stdout)
    assert {process["pid"] for process in status["processes"]} == {None}
