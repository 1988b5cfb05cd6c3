"""The settings of identity providers and of the directory.

OIDC_PROVIDERS=corp,… and for each OIDC_CORP_ISSUER, _CLIENT_ID, _CLIENT_SECRET (or _CLIENT_SECRET_FILE), _LABEL,
_NAME_CLAIM, _GROUPS_CLAIM, _SCOPE, _ROLES. LDAP_URL, LDAP_BASE, LDAP_FILTER, LDAP_BIND_DN, LDAP_BIND_PASSWORD (or
LDAP_BIND_PASSWORD_FILE), LDAP_START_TLS, LDAP_CA_FILE, LDAP_NAME, LDAP_FULL_NAME, LDAP_GROUPS, LDAP_ROLES.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from web.auth.elsewhere import GroupRoles

_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Provider:
    "An OpenID Connect provider. `name` stands in addresses, `label` on the button."

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    label: str = ""
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    scope: str = "openid profile email"
    roles: GroupRoles = field(default_factory=GroupRoles)


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory that is asked by LDAP. `filter` finds somebody: {name} is what was typed, escaped.

    `name`, `full_name` and `groups` are attributes. Without `bind_dn` it is searched anonymously.
    """

    url: str
    base: str
    filter: str = "(uid={name})"
    bind_dn: str = ""
    bind_password: str = field(default="", repr=False)
    start_tls: bool = False
    ca_file: str = ""
    name: str = "uid"
    full_name: str = "cn"
    groups: str = "memberOf"
    roles: GroupRoles = field(default_factory=GroupRoles)


def providers(environ: Mapping[str, str], public_url: str, faults: list[str]) -> tuple[Provider, ...]:
    "What is wrong is added to `faults`."
    names = [name.strip() for name in environ.get("OIDC_PROVIDERS", "").split(",") if name.strip()]
    if names and not public_url:
        faults.append("PUBLIC_URL is missing: identity providers lead people back to it")
    if names and not (find_spec("authlib") and find_spec("requests")):
        faults.append("OIDC_PROVIDERS: the extra oidc is not installed (pip install 'stellwerk[oidc]')")
    return tuple(_provider(environ, name, faults) for name in names)


def _provider(environ: Mapping[str, str], name: str, faults: list[str]) -> Provider:
    prefix = f"OIDC_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}_"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", name):
        faults.append(f"OIDC_PROVIDERS={name!r}: small letters, digits and - were expected")
    issuer = environ.get(f"{prefix}ISSUER", "").rstrip("/")
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in _LOCAL:
        faults.append(f"{prefix}ISSUER={issuer!r}: an address with https was expected")
    client_id = environ.get(f"{prefix}CLIENT_ID", "")
    if not client_id:
        faults.append(f"{prefix}CLIENT_ID is missing")
    return Provider(
        name,
        issuer,
        client_id,
        _secret(environ, f"{prefix}CLIENT_SECRET", faults),
        environ.get(f"{prefix}LABEL") or name,
        environ.get(f"{prefix}NAME_CLAIM") or "preferred_username",
        environ.get(f"{prefix}GROUPS_CLAIM") or "groups",
        environ.get(f"{prefix}SCOPE") or "openid profile email",
        _roles(environ, f"{prefix}ROLES", faults),
    )


def directory(environ: Mapping[str, str], faults: list[str]) -> Directory | None:
    "None: there is none. What is wrong is added to `faults`."
    url = environ.get("LDAP_URL", "")
    if not url:
        return None
    if not find_spec("ldap3"):
        faults.append("LDAP_URL: the extra ldap is not installed (pip install 'stellwerk[ldap]')")
    parts = urlsplit(url)
    start_tls = environ.get("LDAP_START_TLS", "").lower() in ("yes", "1", "true")
    if parts.scheme not in ("ldap", "ldaps") or not parts.hostname:
        faults.append(f"LDAP_URL={url!r}: an address such as ldaps://ldap.example.org was expected")
    elif parts.scheme == "ldap" and not start_tls and parts.hostname not in _LOCAL:
        faults.append("LDAP_URL: passwords would travel in the clear; use ldaps:// or LDAP_START_TLS=yes")
    filter = environ.get("LDAP_FILTER") or "(uid={name})"
    if "{name}" not in filter:
        faults.append("LDAP_FILTER: {name} is missing")
    if not environ.get("LDAP_BASE"):
        faults.append("LDAP_BASE is missing")
    return Directory(
        url,
        environ.get("LDAP_BASE", ""),
        filter,
        environ.get("LDAP_BIND_DN", ""),
        _secret(environ, "LDAP_BIND_PASSWORD", faults),
        start_tls,
        environ.get("LDAP_CA_FILE", ""),
        environ.get("LDAP_NAME") or "uid",
        environ.get("LDAP_FULL_NAME") or "cn",
        environ.get("LDAP_GROUPS") or "memberOf",
        _roles(environ, "LDAP_ROLES", faults),
    )


def _secret(environ: Mapping[str, str], name: str, faults: list[str]) -> str:
    "The value, or what stands in the file that NAME_FILE names."
    file = environ.get(f"{name}_FILE", "")
    if not file:
        return environ.get(name, "")
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        faults.append(f"{name}_FILE={file!r}: {error.strerror}")
        return ""


def _roles(environ: Mapping[str, str], name: str, faults: list[str]) -> GroupRoles:
    try:
        found = GroupRoles.parse(environ.get(name, ""))
    except ValueError as error:
        faults.append(f"{name}: {error}")
        return GroupRoles()
    if not found.pairs:
        faults.append(f"{name} is missing: nobody could do anything (group=role; group=role)")
    return found
