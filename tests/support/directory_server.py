"""A directory on the loopback: slapd of Debian, with three people and two groups.

`SLAPD` names the program when it is not at its usual place.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ldap3 import Connection, Server

from tests.support.ports import held_port
from tests.support.waiting import wait_until

BASE = "dc=example,dc=org"
ROOT = f"cn=root,{BASE}"
PASSWORD = "root's own"
PEOPLE = {"mw": "Weber's password", "eve": "Eve's password", "twin": "Twin's password"}


class NoDirectory(Exception):
    "There is no slapd here."


def program() -> Path:
    "Raises NoDirectory."
    found = os.environ.get("SLAPD") or shutil.which("slapd") or "/usr/sbin/slapd"
    if not Path(found).exists():
        raise NoDirectory("slapd is not installed")
    return Path(found)


class DirectoryServer:
    "Runs until it is closed. `url` is its address, `certificate` a file with what it shows for TLS."

    def __init__(self, directory: Path) -> None:
        slapd = program()
        self.directory = directory
        self.certificate = directory / "certificate.pem"
        _certificate(self.certificate, directory / "key.pem")
        self.port = held_port()
        self.url = f"ldap://127.0.0.1:{self.port}"
        (directory / "data").mkdir()
        configuration = directory / "slapd.conf"
        configuration.write_text(self._configuration(slapd.parents[2]))
        self._process = subprocess.Popen(
            [slapd, "-f", configuration, "-h", self.url, "-d", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(self._answers, 30, "slapd answers")
            self._fill()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    def _configuration(self, root: Path) -> str:
        schemas = "".join(
            f"include {root}/etc/ldap/schema/{name}.schema\n" for name in ("core", "cosine", "inetorgperson")
        )
        return f"""{schemas}
modulepath {root}/usr/lib/ldap
moduleload back_mdb
moduleload memberof
TLSCertificateFile {self.certificate}
TLSCertificateKeyFile {self.directory}/key.pem
database mdb
suffix "{BASE}"
rootdn "{ROOT}"
rootpw "{PASSWORD}"
directory {self.directory}/data
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by users read by * none
"""

    def _fill(self) -> None:
        with Connection(Server(self.url), ROOT, PASSWORD, auto_bind=True) as connection:
            connection.add(BASE, ["dcObject", "organization"], {"dc": "example", "o": "Example"})
            for unit in ("people", "others", "groups"):
                connection.add(f"ou={unit},{BASE}", "organizationalUnit")
            for name, password in PEOPLE.items():
                self._person(connection, f"uid={name},ou=people,{BASE}", name, password)
            self._person(connection, f"uid=twin,ou=others,{BASE}", "twin", "another password")
            members = {"ops": ["mw"], "robots": ["eve"]}
            for group, names in members.items():
                people = [f"uid={name},ou=people,{BASE}" for name in names]
                connection.add(f"cn={group},ou=groups,{BASE}", "groupOfNames", {"member": people})

    def _person(self, connection: Connection, dn: str, name: str, password: str) -> None:
        values = {"cn": f"{name.title()} of the directory", "sn": name, "userPassword": password}
        assert connection.add(dn, "inetOrgPerson", values), connection.result


def _certificate(file: Path, key_file: Path) -> None:
    "For 127.0.0.1, signed by itself."
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.TraditionalOpenSSL
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
