"""Hands mails to the mail server. Green where monkey-patched."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from prometheus_client import Counter

from services.notifications.adapters.deliveries import Deliveries
from services.notifications.domain.mail import Delivery, Letterhead, compose
from shared.settings import Settings

AT_ONCE = 20
TIMEOUT_SECONDS = 10
MAILS = Counter("opencen_mails_total", "Mails about alerts, by what became of the attempt", ["outcome"])

log = logging.getLogger(__name__)


class MailSender:
    """`send_due` hands over what is due and returns how many mails it looked at; nothing where no mail server is set."""

    def __init__(self, settings: Settings, deliveries: Deliveries) -> None:
        self._settings = settings
        self._deliveries = deliveries
        self._letterhead = Letterhead(settings.mail_sender, settings.base_url, settings.training)

    def send_due(self) -> int:
        if self._settings.smtp_host is None:
            return 0
        claimed = self._deliveries.claim(AT_ONCE)
        for delivery in claimed:
            self._deliver(delivery)
        return len(claimed)

    def _deliver(self, delivery: Delivery) -> None:
        try:
            with self._session() as session:
                self._hand_over(session, delivery, compose(delivery, self._letterhead))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            # A ValueError is an address that no header or server can take.
            for_good = isinstance(error, ValueError) or _is_permanent(error)
            again = self._deliveries.failed(delivery, _problem(error), for_good=for_good)
            MAILS.labels("retried" if again else "failed").inc()
            log.warning("A mail did not leave: %s", _problem(error), extra={"delivery": delivery.id, "again": again})

    def _hand_over(self, session: smtplib.SMTP, delivery: Delivery, message: EmailMessage) -> None:
        """Whatever fails before DATA left nothing at the server; a refusal of DATA neither."""
        _expect(session.mail(self._letterhead.sender))
        _expect(session.rcpt(delivery.address))
        self._deliveries.sending(delivery)
        _expect(session.data(message.as_bytes()))
        self._deliveries.sent(delivery)
        MAILS.labels("sent").inc()

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        settings = self._settings
        context = ssl.create_default_context()
        host, port = settings.smtp_host or "", settings.smtp_port
        if settings.smtp_tls == "tls":
            session: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            session = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        try:
            if settings.smtp_tls == "starttls":
                session.starttls(context=context)
            session.ehlo_or_helo_if_needed()
            if settings.smtp_username:
                session.login(settings.smtp_username, settings.secret("smtp-password"))
            yield session
        finally:
            session.close()


def _expect(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, text)


def _is_permanent(error: Exception) -> bool:
    return isinstance(error, smtplib.SMTPResponseException) and 500 <= error.smtp_code < 600


def _problem(error: Exception) -> str:
    """The server's text may name the address."""
    code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
    return f"{type(error).__name__}{code}"
