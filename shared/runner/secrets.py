"""Generated secrets: one file each, mode 0600, made once and kept."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key

from shared.settings import Settings


def private_directory(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, content: str | bytes) -> None:
    """Replaces the file in one step, so that a kill leaves the old one or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    draft.replace(path)


def ensure_secret(settings: Settings, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> str:
    """The secret of that name, made now if it never was."""
    path = private_directory(settings.secrets_directory) / name
    if not path.exists():
        write_private(path, make())
    return settings.secret(name)


def ensure_token_keys(settings: Settings) -> None:
    """The gateway's signing key and its public half, which every service verifies with."""
    pem = ensure_secret(settings, "token-signing-key.pem", _new_signing_key)
    key = load_pem_private_key(pem.encode(), password=None)
    ensure_secret(
        settings,
        "token-verifying-key.pem",
        lambda: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    )


def _new_signing_key() -> str:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
