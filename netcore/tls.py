"""Keys and certificates of the port with TLS.

Only TLS 1.2 and 1.3 are spoken. With authorities for clients nobody gets through the handshake without a certificate
that one of them has signed. The files are looked at again when somebody connects, so that a renewed certificate needs
no restart.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.logger import Logger
from zope.interface import implementer

from scheduler.definitions import TlsFiles
from scheduler.errors import Code, WorkloadError

#: of TLS 1.2, all with keys that nobody can find out later; those of 1.3 are so anyway
_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
#: what changes when a file is written or replaced
_Seen = tuple[tuple[int, int, int], ...]


def certificates_in(file: str) -> list[x509.Certificate]:
    "All certificates of a PEM file, in their sequence. Raises BAD_TLS."
    try:
        with open(file, "rb") as opened:
            return x509.load_pem_x509_certificates(opened.read())
    except (OSError, ValueError) as error:
        raise _faulty(file, error) from error


def key_in(file: str) -> Any:
    "The private key of a PEM file, which must not need a password. Raises BAD_TLS."
    try:
        with open(file, "rb") as opened:
            return load_pem_private_key(opened.read(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _faulty(file, error) from error


def _faulty(file: str, error: Exception) -> WorkloadError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error).partition("\n")[0]
    return WorkloadError(Code.BAD_TLS, problem=f"{file}: {reason}")


def is_readable_by_others(file: str) -> bool:
    try:
        return bool(os.stat(file).st_mode & 0o007)
    except OSError:
        return False


def server_context(files: TlsFiles) -> SSL.Context:
    "Raises BAD_TLS, also when key and certificate do not belong together."
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(_CIPHERS)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    certificate, *between = certificates_in(files.certificate)
    key = key_in(files.key or files.certificate)
    try:
        context.use_certificate(certificate)
        for each in between:
            context.add_extra_chain_cert(each)
        context.use_privatekey(key)
        context.check_privatekey()
    except (SSL.Error, TypeError) as error:
        problem = f"{files.key or files.certificate} is not the key of {files.certificate}"
        raise WorkloadError(Code.BAD_TLS, problem=problem) from error
    if files.client_ca:
        certificates_in(files.client_ca)  # says better what is wrong
        context.load_verify_locations(files.client_ca)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    return context


@dataclass(frozen=True, slots=True)
class _Loaded:
    context: SSL.Context
    seen: _Seen


@implementer(IOpenSSLServerConnectionCreator)
class TlsServer:
    "The side of TLS that listens. `files` are absolute. Raises BAD_TLS."

    _log = Logger()

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._loaded = _Loaded(server_context(files), self._look())

    def serverConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        "For every connection, on the reactor's thread; the files are small and local."
        seen = self._look()
        if seen != self._loaded.seen:
            self._renew(seen)
        return SSL.Connection(self._loaded.context, None)

    def _renew(self, seen: _Seen) -> None:
        "What was read before is used on while the new files are faulty, such as half of them written."
        try:
            self._loaded = _Loaded(server_context(self._files), seen)
            self._log.info("The certificate of the port with TLS is read again")
        except WorkloadError as refusal:
            self._loaded = _Loaded(self._loaded.context, seen)
            self._log.error("{refusal}. The earlier one is still used", refusal=str(refusal))

    def _look(self) -> _Seen:
        found = []
        for file in (self._files.certificate, self._files.key, self._files.client_ca):
            try:
                status = os.stat(file) if file else None
            except OSError:
                status = None
            found.append((status.st_ino, status.st_mtime_ns, status.st_size) if status else (0, 0, 0))
        return tuple(found)
