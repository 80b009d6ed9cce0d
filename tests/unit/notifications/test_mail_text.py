"""The mail's words: number and link, in the languages of the unit's name."""

from __future__ import annotations

import pytest

from services.notifications.domain.mail import ESCALATED, RAISED, Delivery, Letterhead, compose, languages_of

LETTERHEAD = Letterhead("opencen@customs.example", "https://opencen.example", training=False)


def delivery(kind=RAISED, languages=("lo", "en")) -> Delivery:
    return Delivery("d-1", kind, "alert-1", 17, "vte@customs.example", languages)


@pytest.mark.parametrize(("names", "languages"), [({"en": "x", "lo": "y"}, ("lo", "en")), ({"lo": "y"}, ("lo",)), ({"fr": "z"}, ("en",))])
def test_languages_are_those_of_the_name(names, languages):
    assert languages_of(names) == languages


def test_number_and_link_in_both_languages():
    mail = compose(delivery(), LETTERHEAD)
    text = mail.get_content()
    assert mail["Subject"] == "OpenCEN: ແຈ້ງເຕືອນໃໝ່ 17 / New alert 17"
    assert text.count("https://opencen.example/alerts/alert-1") == 2
    assert text.index("ກະລຸນາ") < text.index("Please sign in")
    assert "raining" not in text
    assert mail["Message-ID"] == "<d-1@opencen>"


def test_a_training_installation_says_so():
    text = compose(delivery(languages=("en",)), Letterhead("a@b.example", "http://x", training=True)).get_content()
    assert "This is a training installation." in text
    assert "ກະລຸນາ" not in text


def test_an_escalation_has_words_of_its_own():
    assert "escalated to your unit" in compose(delivery(ESCALATED, ("en",)), LETTERHEAD)["Subject"]


def test_the_message_id_is_the_same_in_every_attempt_and_headers_take_no_line_breaks():
    assert compose(delivery(), LETTERHEAD)["Message-ID"] == compose(delivery(), LETTERHEAD)["Message-ID"]
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        compose(Delivery("d", RAISED, "a", 1, "a@b.example\nBcc: c@d.example", ("en",)), LETTERHEAD)
