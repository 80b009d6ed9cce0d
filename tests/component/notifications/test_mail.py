"""Mails about alerts, at a real SMTP server: once, without anything of the case, again after a failure."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.identifiers import new_id
from shared.runner.ports import free_ports
from shared.settings import Settings
from tests.component.notifications.office import COLLEAGUE, STRANGER, Office, matched
from tests.waiting import eventually

pytestmark = pytest.mark.servers


class Mailbox:
    """Takes mail, or answers what `refusal` says."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refusal = ""
        self.attempts = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's own name
        self.attempts += 1
        if self.refusal:
            return self.refusal
        self.recipients += envelope.rcpt_tos
        self.mails.append(email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default))
        return "250 Kept"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def mailing(settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
    port = free_ports(1)[0]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port, "mail_sender": "opencen@customs.example"})
    controller.stop()


def states(office: Office) -> list[tuple[Any, ...]]:
    return office.sql("SELECT state, kind, attempts FROM delivery ORDER BY id")


def test_a_wanted_mail_says_that_an_alert_exists_and_nothing_more(office: Office, mailing: Settings, mailbox: Mailbox) -> None:
    wanted = matched(channels=("screen", "mail"))
    with office.open(mailing):
        office.directory()
        office.match(wanted, matched())
        office.match(wanted)
        office.match(matched(unit="LA-SVK", channels=("mail",)))
        eventually(lambda: (len(office.alerts()), len(office.alerts(STRANGER))) == (2, 1))
        eventually(lambda: states(office) == [("sent", "raised", 1)])
        alert = next(one for one in office.alerts() if one["case"]["id"] == wanted.subject)
    assert mailbox.recipients == ["vte@customs.example"]
    mail = mailbox.mails[0]
    text = mail.get_content()
    assert f"/alerts/{alert['id']}" in text
    assert mail["Subject"] == f"OpenCEN: ແຈ້ງເຕືອນໃໝ່ {alert['sequence']} / New alert {alert['sequence']}"
    assert mail["From"] == "opencen@customs.example"
    assert not [word for word in ("Ketamine", "ketamine", "000123", wanted.subject) if word in mail.as_string()]


def test_a_server_that_is_busy_is_tried_again(office: Office, mailing: Settings, mailbox: Mailbox) -> None:
    mailbox.refusal = "451 Later"
    with office.open(mailing):
        office.directory()
        office.match(matched(channels=("mail",)))
        eventually(lambda: states(office) == [("waiting", "raised", 1)])
        assert office.sql("SELECT due_at > now() + interval '20 seconds', problem FROM delivery") == [(True, "SMTPResponseException 451")]
        mailbox.refusal = ""
        office.sql("UPDATE delivery SET due_at = now()")
        eventually(lambda: states(office) == [("sent", "raised", 2)])
    assert len(mailbox.mails) == 1


def test_a_refusal_for_good_is_not_repeated(office: Office, mailing: Settings, mailbox: Mailbox) -> None:
    mailbox.refusal = "554 No"
    with office.open(mailing):
        office.directory()
        office.match(matched(channels=("mail",)))
        eventually(lambda: states(office) == [("failed", "raised", 1)])
    assert mailbox.attempts == 1


def test_a_mail_server_that_is_away_holds_nothing_up(office: Office, settings: Settings) -> None:
    away = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": free_ports(1)[0]})
    with office.open(away):
        office.directory()
        office.match(matched(channels=("mail",)))
        assert office.one_alert()["state"] == "new"
        eventually(lambda: states(office) == [("waiting", "raised", 1)])


def test_a_mail_caught_in_the_moment_of_handing_over_is_not_sent_twice(office: Office, mailing: Settings, mailbox: Mailbox) -> None:
    """A kill while the server takes it leaves `sending`; a kill before leaves `claimed`, which is tried again."""
    with office.open(settings=mailing.model_copy(update={"smtp_host": None})):
        office.directory()
        office.match(matched(channels=("mail",)), matched(channels=("mail",)))
        eventually(lambda: len(states(office)) == 2)
        office.sql("UPDATE delivery SET state = 'sending', attempts = 1 WHERE id = (SELECT id FROM delivery ORDER BY id LIMIT 1)")
        office.sql("UPDATE delivery SET state = 'claimed', attempts = 1, claimed_at = now() - interval '6 minutes' WHERE state = 'waiting'")
    with office.open(mailing):
        eventually(lambda: states(office) == [("sending", "raised", 1), ("sent", "raised", 2)])
    assert len(mailbox.mails) == 1


def test_an_escalation_is_mailed_to_the_unit_above(office: Office, mailing: Settings, mailbox: Mailbox) -> None:
    with office.open(mailing):
        office.directory()
        office.match(matched(channels=("mail",)))
        eventually(lambda: len(mailbox.mails) == 1)
        office.call(COLLEAGUE, "escalate_alert", id=office.one_alert()["id"])
        eventually(lambda: len(mailbox.mails) == 2)
    assert mailbox.recipients == ["vte@customs.example", "hq@customs.example"]


def test_the_alert_of_an_ended_case_is_not_mailed(office: Office, mailing: Settings, mailbox: Mailbox) -> None:
    case = new_id()
    with office.open(mailing):
        office.directory()
        office.end_case(case)
        eventually(lambda: office.sql("SELECT count(*) FROM ended_case") == [(1,)])
        office.match(matched(case, channels=("mail",)))
        assert office.one_alert()["state"] == "dismissed"
        assert states(office) == []
