"""Who asks: the principal token that the gateway signs and every service checks.

Only the gateway holds the Ed25519 private key. A token is `base64url(json).base64url(signature)` and lives 60 seconds.
"""

from __future__ import annotations

import base64
import time
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.errors import Unauthenticated

LIFETIME_SECONDS = 60
CLEARANCES = ("unclassified", "restricted", "secret")


@dataclass(frozen=True, slots=True)
class Principal:
    """`unit` is a unit's code; `roles` are those of the rule table; `rights_version` counts changes of the account's rights."""

    account: str
    username: str
    unit: str
    roles: tuple[str, ...]
    clearance: str = "restricted"
    rights_version: int = 1
    scopes: tuple[str, ...] = ()

    def cleared_for(self, classification: str) -> bool:
        return CLEARANCES.index(self.clearance) >= CLEARANCES.index(classification)


def system_principal(service: str) -> Principal:
    """Timers and jobs without an asker act as `system:<service>`, with rules of their own."""
    return Principal(account=f"system:{service}", username=f"system:{service}", unit="", roles=("system",), clearance="secret")


def principal_from_claims(claims: dict[str, Any]) -> Principal:
    return Principal(
        account=claims["account"],
        username=claims["username"],
        unit=claims["unit"],
        roles=tuple(claims["roles"]),
        clearance=claims["clearance"],
        rights_version=claims["rights_version"],
        scopes=tuple(claims.get("scopes", ())),
    )


def sign_principal(principal: Principal, key: Ed25519PrivateKey, *, now: float | None = None) -> str:
    claims = asdict(principal) | {"exp": (now or time.time()) + LIFETIME_SECONDS}
    payload = orjson.dumps(claims)
    return f"{_encode(payload)}.{_encode(key.sign(payload))}"


def verify_principal(token: str, key: Ed25519PublicKey, *, now: float | None = None) -> Principal:
    """Raises Unauthenticated for a token that is malformed, not signed by the gateway, or expired."""
    try:
        payload_text, signature_text = token.split(".")
        payload = _decode(payload_text)
        key.verify(_decode(signature_text), payload)
        claims = orjson.loads(payload)
        if claims["exp"] < (now or time.time()):
            raise Unauthenticated("The signed token has expired", code="token_expired")
        return principal_from_claims(claims)
    except (ValueError, KeyError, InvalidSignature) as error:
        raise Unauthenticated("The signed token is not the gateway's", code="token_invalid") from error


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
