"Asking a directory whether a password is right, and for somebody's groups."

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Any

from web.auth.elsewhere import Stranger
from web.auth.identity import Directory

SOURCE = "ldap"
#: seconds for connecting, and for each answer
PATIENCE = 5


class DirectoryAway(Exception):
    "The directory does not answer, or refuses to be searched."


def sign_in(directory: Directory, name: str, password: str) -> Stranger | None:
    """Who it is; None when there is nobody of that name, or the password is wrong. Raises DirectoryAway.

    The directory is searched for the name, and asked again as whoever was found with the password that was typed. A
    name that fits several entries fits none.
    """
    if not name or not password:
        return None  # directories take an empty password for an anonymous visit and say yes
    return _found(directory, name, password)


def look_up(directory: Directory, name: str) -> Stranger | None:
    "Who would be signed in under a name, without a password. Raises DirectoryAway."
    return _found(directory, name, None) if name else None


def _found(directory: Directory, name: str, password: str | None) -> Stranger | None:
    "With a password only who has it."
    from ldap3 import NONE, Connection, Server, Tls
    from ldap3.core.exceptions import LDAPException
    from ldap3.utils.conv import escape_filter_chars

    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=directory.ca_file or None)
    server = Server(directory.url, get_info=NONE, tls=tls, connect_timeout=PATIENCE)
    options: dict[str, Any] = {"raise_exceptions": False, "receive_timeout": PATIENCE, "read_only": True}
    asking = Connection(server, directory.bind_dn or None, directory.bind_password or None, **options)
    try:
        _open(asking, directory)
        wanted = [directory.name, directory.full_name, directory.groups]
        words = directory.filter.replace("{name}", escape_filter_chars(name))
        asking.search(directory.base, words, attributes=wanted, size_limit=2)
        found = [each for each in asking.response or () if each.get("type") == "searchResEntry"]
        if len(found) != 1:
            return None
        if password is not None:
            visiting = Connection(server, found[0]["dn"], password, **options)
            try:
                if not _open(visiting, directory, must=False):
                    return None
            finally:
                _leave(visiting)
    except LDAPException as error:
        raise DirectoryAway(str(error)) from error
    finally:
        _leave(asking)
    return _stranger(directory, name, found[0]["dn"], found[0]["attributes"])


def _stranger(directory: Directory, name: str, subject: str, attributes: Any) -> Stranger:
    return Stranger(
        SOURCE,
        subject.lower(),
        _first(attributes.get(directory.name)) or name,
        _first(attributes.get(directory.full_name)),
        tuple(str(group) for group in _all(attributes.get(directory.groups))),
    )


def _open(connection: Any, directory: Directory, must: bool = True) -> bool:
    """Secures the connection where that is wanted, and only then signs in: no password travels before.

    Raises DirectoryAway when it must and does not.
    """
    connection.open()
    if directory.start_tls and not connection.start_tls():
        raise DirectoryAway("the directory does not secure the connection")
    if connection.bind():
        return True
    if must:
        raise DirectoryAway(f"the directory refuses to be searched: {connection.result.get('description')}")
    return False


def _leave(connection: Any) -> None:
    "A connection that is broken already needs no leave."
    from ldap3.core.exceptions import LDAPException

    with suppress(LDAPException, OSError):
        connection.unbind()


def _all(value: Any) -> list[Any]:
    if value in (None, "", []):
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _first(value: Any) -> str:
    found = _all(value)
    return str(found[0]) if found else ""
