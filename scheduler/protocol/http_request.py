"""A request of HTTP, as far as answering it needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from scheduler.protocol.http_limits import HttpRefusal

#: fields of a query that are looked at
_FIELDS_MAX = 50


@dataclass(frozen=True)
class HttpRequest:
    "`headers` have lower-case names. `target` is as sent, `body` without transfer encoding."

    method: str
    target: str
    version: str = "1.1"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        "All values of a header (its name in lower case), joined by commas; empty when there is none."
        return ", ".join(value for key, value in self.headers if key == name)

    @cached_property
    def local_target(self) -> str:
        "The target from its path on: what a proxy sends (`http://host/path`) loses its host."
        if self.target.startswith("/"):
            return self.target
        scheme, separator, rest = self.target.partition("://")
        if not separator or scheme.lower() not in ("http", "https"):
            raise HttpRefusal(400, "the target is no path")
        return rest[len(rest.partition("/")[0]) :].partition("#")[0] or "/"

    @cached_property
    def raw_path(self) -> str:
        "The path as sent."
        return self.local_target.partition("?")[0]

    @cached_property
    def path(self) -> str:
        "The path, decoded once. Raises HttpRefusal 400 for what is no text."
        return _text(unquote_to_bytes(self.raw_path))

    @cached_property
    def query(self) -> dict[str, str]:
        "The fields of the query; of several with one name the first. Raises HttpRefusal 400 for too many of them."
        try:
            fields = parse_qsl(
                self.local_target.partition("?")[2], keep_blank_values=True, encoding="iso-8859-1",
                max_num_fields=_FIELDS_MAX,
            )  # fmt: skip
        except ValueError:
            raise HttpRefusal(400, "the query has too many fields") from None
        return {_text(name.encode("iso-8859-1")): _text(value.encode("iso-8859-1")) for name, value in reversed(fields)}

    @property
    def has_query(self) -> bool:
        "Whether there is a question mark, whatever follows it."
        return "?" in self.local_target

    @cached_property
    def charset(self) -> str:
        "What the Content-Type says about the body, in lower case; empty when it says nothing."
        for parameter in self.header("content-type").split(";")[1:]:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"').lower()
        return ""

    @property
    def is_of_this_site(self) -> bool:
        """False when a browser says that a page of another web site asks.

        Without this, any page that somebody on an admitted host looks at could send commands. A proxy that hides the
        public name in `Host` tells it in `X-Forwarded-Host`, which no page of another site can set.
        """
        if self.header("sec-fetch-site") == "cross-site" and self.method == "POST":
            return False
        origin = self.header("origin")
        if not origin:
            return True
        asking = _authority(origin)
        known = (self.header("host"), self.header("x-forwarded-host"))
        scheme = origin.partition(":")[0]
        return any(host and asking and asking == _authority(f"{scheme}://{host.strip()}") for host in known)

    def names_this_machine(self, peer: str, host: str) -> bool:
        """False when a client on this machine asks for it by a strange name; `host` is the short name of the machine.

        A page of another site whose name is made to lead to this machine would be taken for one of ours otherwise.
        """
        if not _is_loopback(peer) or not self.header("host"):
            return True
        asked = _authority(f"http://{self.header('host').strip()}")
        name = asked[0] if asked else ""
        return (
            _is_address(name)
            or name == "localhost"
            or name.endswith(".localhost")
            or (host.lower() not in ("", "localhost") and name.partition(".")[0] == host.lower())
        )


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(peer: str) -> bool:
    return _is_address(peer) and ip_address(peer).is_loopback


def _authority(url: str) -> tuple[str, int] | None:
    "Host and port of an address; None when it has none."
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        return (parts.hostname, port) if parts.hostname else None
    except ValueError:
        return None


def _text(data: bytes) -> str:
    "As UTF-8, or as ISO-8859-1 when it is none."
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("iso-8859-1")
    if "\0" in text:
        raise HttpRefusal(400, "a NUL is no part of an address")
    return text
