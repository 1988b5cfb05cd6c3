"Certificates of an authority that exists for one test."

from __future__ import annotations

import ssl
from pathlib import Path

import trustme
from cryptography import x509

from scheduler.definitions import TlsFiles


class Authority:
    """`server` and `clients` are authorities of their own. The files in `directory` are those of a port on this machine
    that lets in clients of `clients`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.server = trustme.CA()
        self.clients = trustme.CA()
        self.certificate = directory / "server.pem"
        self.key = directory / "server.key"
        self.client_ca = directory / "clients.pem"
        self.renew()
        self.clients.cert_pem.write_to_path(str(self.client_ca))

    def renew(self) -> int:
        "A new certificate and key in the files of the server; gives its serial number."
        made = self.server.issue_cert("127.0.0.1", "localhost")
        made.cert_chain_pems[0].write_to_path(str(self.certificate))
        made.private_key_pem.write_to_path(str(self.key))
        self.key.chmod(0o600)
        return _serial(made)

    def files(self, *, clients: bool = False) -> TlsFiles:
        return TlsFiles(str(self.certificate), str(self.key), str(self.client_ca) if clients else "")

    def server_file(self) -> str:
        "What a client trusts."
        file = self.directory / "authority.pem"
        self.server.cert_pem.write_to_path(str(file))
        return str(file)

    def client_file(self, *names: str, common_name: str | None = None, by: trustme.CA | None = None) -> str:
        "Certificate and key of a client in one file."
        made = (by or self.clients).issue_cert(*names, common_name=common_name)
        file = self.directory / f"client-{_serial(made)}.pem"
        made.private_key_and_cert_chain_pem.write_to_path(str(file))
        file.chmod(0o600)
        return str(file)

    def context(self, client_file: str | None = None) -> ssl.SSLContext:
        "Of a client."
        context = ssl.create_default_context()
        self.server.configure_trust(context)
        if client_file is not None:
            context.load_cert_chain(client_file)
        return context


def _serial(made: trustme.LeafCert) -> int:
    return x509.load_pem_x509_certificate(made.cert_chain_pems[0].bytes()).serial_number
