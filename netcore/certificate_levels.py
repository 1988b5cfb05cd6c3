"""Which level a client gets from its certificate, on the port with TLS.

An entry names the whole subject (`CN=ops,O=Example`, in any sequence), or one name in it: the common name, or an
alternative name (host, address, mail). The whole subject goes before a name, a name before `*`, which stands for every
certificate of the authorities. Of several names that fit, the highest level counts. Whoever is named by none may do
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import NameOID

from scheduler.definitions import AllowedCertificate
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level

_Subject = tuple[tuple[str, str], ...]


class CertificateLevels:
    "Raises BAD_TLS for a subject that cannot be read, UNKNOWN_LEVEL."

    def __init__(self, entries: Iterable[AllowedCertificate]) -> None:
        self._subjects: dict[_Subject, Level] = {}
        self._names: dict[str, Level] = {}
        self._others = Level.NONE
        for entry in entries:
            level, subject = Level.of(entry.level), entry.subject.strip()
            if subject == "*":
                self._others = level
            elif "=" in subject:
                self._subjects[_written(subject)] = level
            else:
                self._names[subject.lower()] = level

    def level_of(self, certificate: x509.Certificate) -> Level:
        whole = self._subjects.get(_parts(certificate.subject))
        if whole is not None:
            return whole
        found = [self._names[name] for name in _names(certificate) if name in self._names]
        return max(found, default=self._others)


def _written(subject: str) -> _Subject:
    try:
        return _parts(x509.Name.from_rfc4514_string(subject))
    except ValueError as error:
        problem = f"subject={subject!r} of <allowed_certificate> is no name of a certificate ({error})"
        raise WorkloadError(Code.BAD_TLS, problem=problem) from error


def _parts(name: x509.Name) -> _Subject:
    return tuple(sorted((part.oid.dotted_string, str(part.value)) for part in name))


def _names(certificate: x509.Certificate) -> list[str]:
    "In lower case: the common name and all alternative names."
    names = [str(part.value) for part in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        others = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        others = None
    for kind in (x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier) if others is not None else ():
        names += others.get_values_for_type(kind)  # type: ignore[union-attr]
    if others is not None:
        names += [str(address) for address in others.get_values_for_type(x509.IPAddress)]
    return [name.lower() for name in names]


def name_of(certificate: x509.Certificate) -> str:
    "For the log."
    return certificate.subject.rfc4514_string()
