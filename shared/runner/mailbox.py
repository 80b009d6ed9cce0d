"""The training installation's mail server: it keeps every mail as a file and sends none on."""

from __future__ import annotations

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.identifiers import new_id
from shared.runner.secrets import private_directory, write_private
from shared.runner.stopping import Stop
from shared.settings import Settings

_LARGEST_MAIL = 5_000_000


class _Mailbox:
    def __init__(self, settings: Settings) -> None:
        self._directory = private_directory(settings.mail_directory)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's own name
        write_private(self._directory / f"{new_id()}.eml", envelope.original_content or b"")
        return "250 Kept"


def run(settings: Settings, stop: Stop) -> None:
    controller = Controller(_Mailbox(settings), hostname="127.0.0.1", port=settings.smtp_port, data_size_limit=_LARGEST_MAIL)
    controller.start()
    try:
        while not stop.wait(60):
            pass
    finally:
        controller.stop()
