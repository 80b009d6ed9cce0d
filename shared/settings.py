"""Every setting of the installation, as one frozen object read once from `OPENCEN_*`.

Secrets are never settings: they lie in files of mode 0600 under `home/secrets`, written by the runner (or by the operator, for servers
of somebody else). What the runner chose at start, such as free ports, lies in `home/run/addresses.env`; the environment wins over it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ADDRESSES_FILE = Path("run/addresses.env")


class Settings(BaseSettings):
    """Paths are absolute. A host left out means: our own server, started and ended with the installation."""

    model_config = SettingsConfigDict(env_prefix="OPENCEN_", frozen=True, extra="ignore")

    home: Path = Field(default=Path(".opencen"), description="Directory of all state: databases, broker, index, files, secrets, logs")
    http_host: str = Field(default="127.0.0.1", description="Address that the pages and the REST API listen on")
    http_port: int = Field(default=8080, ge=1, le=65535, description="Port of the pages and the REST API")
    http_calls_per_second: int = Field(default=400, ge=50, description="Calls that one account may make in a second before a 429")
    public_url: str | None = Field(default=None, description="Address that officers type, in mails and links; by default host and port")

    postgresql_host: str | None = Field(default=None, description="A PostgreSQL server of yours; left out, our own is started")
    postgresql_port: int = Field(default=18090, ge=1, le=65535, description="Port of PostgreSQL, ours or yours")
    postgresql_admin: str = Field(default="postgres", description="Role that makes the services' roles and databases")
    database_prefix: str = Field(default="opencen_", pattern=r"^[a-z][a-z0-9_]*$", description="Start of every database's and role's name")

    rabbitmq_host: str | None = Field(default=None, description="A RabbitMQ broker of yours; left out, our own is started")
    rabbitmq_port: int = Field(default=18091, ge=1, le=65535, description="AMQP port of RabbitMQ, ours or yours")
    rabbitmq_distribution_port: int = Field(default=18092, ge=1, le=65535, description="Erlang distribution port of our own RabbitMQ")
    rabbitmq_epmd_port: int = Field(default=18093, ge=1, le=65535, description="Port of our own RabbitMQ's epmd")
    rabbitmq_vhost: str = Field(default="opencen", description="Virtual host that holds every exchange and queue")

    process_port_base: int = Field(default=18100, ge=1, le=65000, description="First port of the processes' own /metrics and /healthz")
    index_directory: Path | None = Field(default=None, description="Where the search index lies; by default `index` under the home")
    file_store: str | None = Field(
        default=None, description="Object store of files: a directory or a URL; by default `files` under the home"
    )

    smtp_host: str | None = Field(default=None, description="Mail server for alerts; left out, no mail is sent")
    smtp_port: int = Field(default=25, ge=1, le=65535, description="Port of the mail server")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(default="none", description="How mail travels to the mail server")
    smtp_username: str | None = Field(default=None, description="Account at the mail server; its password is the secret `smtp-password`")
    mail_sender: str = Field(default="opencen@localhost", description="Sender of the mails")

    time_zone: str = Field(default="Asia/Vientiane", description="The administration's time zone: days in reports are days there")
    training: bool = Field(default=False, description="A training installation: every page says so")
    demo_password: str | None = Field(default=None, repr=False, description="Password of the training accounts; generated when left out")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level that is logged")
    system_user: str = Field(default="nobody", description="Unprivileged user that runs PostgreSQL when root starts the installation")

    @field_validator("home", "index_directory", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @field_validator("time_zone", mode="after")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        ZoneInfo(name)
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def base_url(self) -> str:
        return self.public_url or f"http://{self.http_host}:{self.http_port}"

    @property
    def secrets_directory(self) -> Path:
        return self.home / "secrets"

    @property
    def run_directory(self) -> Path:
        return self.home / "run"

    @property
    def logs_directory(self) -> Path:
        return self.home / "logs"

    @property
    def mail_directory(self) -> Path:
        """The training installation's mailbox; a mail is one `.eml` file."""
        return self.home / "mail"

    @property
    def index_path(self) -> Path:
        return self.index_directory or self.home / "index"

    @property
    def file_store_url(self) -> str:
        """What `obstore.store.from_url` takes: `file:///...` for a directory."""
        store = self.file_store or str(self.home / "files")
        return store if "://" in store else Path(store).expanduser().absolute().as_uri()

    def secret(self, name: str) -> str:
        """Reads one secret; FileNotFoundError where the installation was never set up."""
        return (self.secrets_directory / name).read_text(encoding="utf-8").strip()

    def database_name(self, service: str) -> str:
        """The role has the same name; only it may connect there."""
        return f"{self.database_prefix}{service}"

    def database_url(self, service: str) -> str:
        """For SQLAlchemy, with psycopg 3."""
        return self.database_conninfo(service).replace("postgresql://", "postgresql+psycopg://", 1)

    def database_conninfo(self, service: str) -> str:
        """For psycopg itself."""
        name = self.database_name(service)
        password = quote(self.secret(f"postgresql-{service}"), safe="")
        return f"postgresql://{name}:{password}@{self.postgresql_host or '127.0.0.1'}:{self.postgresql_port}/{name}"

    def broker_url(self, account: str) -> str:
        """`account` is a service's name or `operator`; the broker validates it as the sender of every message."""
        password = quote(self.secret(f"rabbitmq-{account}"), safe="")
        vhost = quote(self.rabbitmq_vhost, safe="")
        return f"amqp://{account}:{password}@{self.rabbitmq_host or '127.0.0.1'}:{self.rabbitmq_port}/{vhost}"

    def token_signing_key(self) -> Ed25519PrivateKey:
        """Only the gateway signs principals."""
        key = load_pem_private_key(self.secret("token-signing-key.pem").encode(), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        return key

    def token_verifying_key(self) -> Ed25519PublicKey:
        key = load_pem_public_key(self.secret("token-verifying-key.pem").encode())
        assert isinstance(key, Ed25519PublicKey)
        return key


def load_settings() -> Settings:
    """Reads the environment, and what the running installation under that home chose at its start."""
    home = Path(os.environ.get("OPENCEN_HOME", ".opencen")).expanduser()
    return Settings(_env_file=home / ADDRESSES_FILE)  # type: ignore[call-arg]  # mypy does not know pydantic-settings' own argument
