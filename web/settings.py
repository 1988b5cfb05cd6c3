"""The settings of the web process: read once, all mistakes told together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from web.auth.identity import Directory, Provider, directory, providers


class SettingsError(Exception):
    "One or more settings are wrong; `faults` has one sentence for each."

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Settings:
    """`from_environ` is the only reader of the environment.

    Times are seconds. `zone` is used for people whose browser has not told its zone yet.
    """

    #: DATABASE_URL
    database_url: str = "sqlite:///var/stellwerk.db"
    #: PUBLIC_URL: the address people use; https makes the cookies Secure
    public_url: str = ""
    #: TRUSTED_PROXIES: how many proxies in front may say who the client is
    trusted_proxies: int = 0
    #: WEB_TIME_ZONE
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    #: WEB_COMMAND_TIMEOUT: how long a page waits for the answer to a command
    command_timeout: float = 5.0
    #: WEB_WHY_TIMEOUT: how long a page waits for the engine to say why something does not run
    why_timeout: float = 0.5
    #: WEB_SESSION_HOURS: a session ends after this time without use
    session_hours: float = 12.0
    #: WEB_COMMAND_ADDRESS: host:port that is asked when neither the database nor a member is known
    command_address: tuple[str, int] = ("127.0.0.1", 4444)

    #: WEB_METRICS=open: everybody may read the metrics; else a token is needed
    open_metrics: bool = False

    #: OIDC_…: where people may sign in; see `web.auth.identity`
    providers: tuple[Provider, ...] = ()
    #: LDAP_…: the directory that knows passwords of accounts that are not known here
    directory: Directory | None = None

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        "Raises SettingsError that lists every fault."
        reader = _Reader(environ)
        public_url = reader.url("PUBLIC_URL")
        settings = cls(
            database_url=environ.get("DATABASE_URL") or cls().database_url,
            public_url=public_url,
            trusted_proxies=int(reader.number("TRUSTED_PROXIES", 0, 0, 10)),
            zone=reader.zone("WEB_TIME_ZONE"),
            command_timeout=reader.number("WEB_COMMAND_TIMEOUT", 5.0, 0.1, 120),
            why_timeout=reader.number("WEB_WHY_TIMEOUT", 0.5, 0.05, 10),
            session_hours=reader.number("WEB_SESSION_HOURS", 12.0, 0.1, 720),
            open_metrics=reader.choice("WEB_METRICS", ("token", "open")) == "open",
            providers=providers(environ, public_url, reader.faults),
            directory=directory(environ, reader.faults),
            command_address=reader.address("WEB_COMMAND_ADDRESS", "127.0.0.1:4444"),
        )
        if reader.faults:
            raise SettingsError(reader.faults)
        return settings


class _Reader:
    "Converts variables and collects what is wrong with them."

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def number(self, name: str, default: float, least: float, most: float) -> float:
        text = self.environ.get(name, "")
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            self.faults.append(f"{name}={text!r}: a number from {least:g} to {most:g} was expected")
            return default
        return value

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        "One of the words; the first one when nothing is set."
        text = self.environ.get(name) or words[0]
        if text not in words:
            self.faults.append(f"{name}={text!r}: one of {', '.join(words)} was expected")
        return text

    def url(self, name: str) -> str:
        text = self.environ.get(name, "")
        parts = urlsplit(text)
        if text and (parts.scheme not in ("http", "https") or not parts.netloc):
            self.faults.append(f"{name}={text!r}: an address such as https://jobs.example.org was expected")
            return ""
        return text.rstrip("/")

    def zone(self, name: str) -> ZoneInfo:
        text = self.environ.get(name) or "UTC"
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError):
            self.faults.append(f"{name}={text!r}: a time zone such as Europe/Berlin was expected")
            return ZoneInfo("UTC")

    def address(self, name: str, default: str) -> tuple[str, int]:
        text = self.environ.get(name) or default
        host, _, port = text.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            self.faults.append(f"{name}={text!r}: host:port was expected")
            return "127.0.0.1", 4444
        return host.strip("[]"), int(port)
