"""The mail that says that an alert exists: its number and a link, nothing of the case.

In each language that the unit's own name is written in, Lao first; English where it has none of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from shared.i18n import N_

RAISED, ESCALATED = "raised", "escalated"
LANGUAGES = ("lo", "en")

# Mails are the one text that a service words itself: no gateway stands between it and its reader.
_SUBJECTS: Mapping[str, Mapping[str, str]] = {
    RAISED: {"en": N_("New alert %(number)s"), "lo": "ແຈ້ງເຕືອນໃໝ່ %(number)s"},
    ESCALATED: {"en": N_("Alert %(number)s was escalated to your unit"), "lo": "ແຈ້ງເຕືອນ %(number)s ສົ່ງຂັ້ນເທິງມາຮອດໜ່ວຍງານຂອງທ່ານແລ້ວ"},
}
_BODIES: Mapping[str, str] = {
    "en": N_("Please sign in to OpenCEN to read and acknowledge it:"),
    "lo": "ກະລຸນາເຂົ້າສູ່ລະບົບ OpenCEN ເພື່ອອ່ານ ແລະ ຮັບຊາບ:",
}
_TRAINING: Mapping[str, str] = {"en": N_("This is a training installation."), "lo": "ນີ້ແມ່ນລະບົບສຳລັບຝຶກອົບຮົມ."}


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all mails of an installation share."""

    sender: str
    base_url: str
    training: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail that is due; `id` makes its Message-ID, the same in every attempt."""

    id: str
    kind: str
    alert_id: str
    number: int
    address: str
    languages: tuple[str, ...]
    attempts: int = 0


def languages_of(names: Iterable[str]) -> tuple[str, ...]:
    given = set(names)
    return tuple(language for language in LANGUAGES if language in given) or ("en",)


def compose(delivery: Delivery, letterhead: Letterhead) -> EmailMessage:
    number = {"number": delivery.number}
    subjects = [_SUBJECTS[delivery.kind][language] % number for language in delivery.languages]
    link = f"{letterhead.base_url}/alerts/{delivery.alert_id}"
    parts = []
    for language, subject in zip(delivery.languages, subjects, strict=True):
        training = [_TRAINING[language]] if letterhead.training else []
        parts.append("\n".join([f"{subject}.", _BODIES[language], link, *training]))
    message = EmailMessage(policy=SMTP)
    message["From"] = letterhead.sender
    message["To"] = delivery.address
    message["Subject"] = f"OpenCEN: {' / '.join(subjects)}"
    message["Message-ID"] = f"<{delivery.id}@opencen>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(parts) + "\n")
    return message
