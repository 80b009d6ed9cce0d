from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.errors import Unauthenticated
from shared.security.principal import Principal, sign_principal, system_principal, verify_principal

KEY = Ed25519PrivateKey.generate()
OFFICER = Principal("0190", "officer.vte", "LA-VTE", ("reporting_officer",), rights_version=3)


def test_a_signed_principal_comes_back_whole():
    assert verify_principal(sign_principal(OFFICER, KEY), KEY.public_key()) == OFFICER


def test_a_token_expires():
    token = sign_principal(OFFICER, KEY, now=1000.0)
    assert verify_principal(token, KEY.public_key(), now=1059.0) == OFFICER
    with pytest.raises(Unauthenticated) as caught:
        verify_principal(token, KEY.public_key(), now=1061.0)
    assert caught.value.code == "token_expired"


@pytest.mark.parametrize("token", ["", "one", "one.two.three", "!!.!!", "e30.e30", "ກ.ຂ"])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(Unauthenticated):
        verify_principal(token, KEY.public_key())


def test_another_key_or_changed_claims_are_refused():
    token = sign_principal(OFFICER, KEY)
    with pytest.raises(Unauthenticated):
        verify_principal(token, Ed25519PrivateKey.generate().public_key())
    forged = sign_principal(Principal("0190", "officer.vte", "LA-HQ", ("analyst",)), KEY).split(".")[0]
    with pytest.raises(Unauthenticated):
        verify_principal(f"{forged}.{token.split('.')[1]}", KEY.public_key())


def test_clearance_orders_classifications():
    assert OFFICER.cleared_for("unclassified")
    assert OFFICER.cleared_for("restricted")
    assert not OFFICER.cleared_for("secret")
    assert system_principal("cases").cleared_for("secret")
