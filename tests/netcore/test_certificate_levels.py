"Which level a certificate stands for."

from __future__ import annotations

import pytest
import trustme
from cryptography import x509

from netcore.certificate_levels import CertificateLevels, name_of
from scheduler.definitions import AllowedCertificate
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level

AUTHORITY = trustme.CA()


def certificate(*names: str, common_name: str | None = None) -> x509.Certificate:
    made = AUTHORITY.issue_cert(*names, common_name=common_name, organization_name="Example")
    return x509.load_pem_x509_certificate(made.cert_chain_pems[0].bytes())


OPS = certificate("ops@example.org", "10.1.2.3", common_name="ops")
WHOLE = ",".join(sorted(name_of(OPS).split(",")))


@pytest.mark.parametrize(
    ("entries", "level"),
    [
        ({}, Level.NONE),
        ({"*": "info"}, Level.INFO),
        ({"ops": "all"}, Level.ALL),
        ({" OPS ": "all"}, Level.ALL),
        ({"op": "all"}, Level.NONE),
        ({"ops@example.org": "no_add"}, Level.NO_ADD),
        ({"10.1.2.3": "no_add"}, Level.NO_ADD),
        ({"example": "all"}, Level.NONE),
        ({"CN=ops": "all"}, Level.NONE),
        ({WHOLE: "info"}, Level.INFO),
        ({WHOLE: "info", "ops": "all"}, Level.INFO),
        ({"ops": "info", "*": "all"}, Level.INFO),
        ({"ops": "info", "10.1.2.3": "all"}, Level.ALL),
        ({"ops": "none", "*": "all"}, Level.NONE),
    ],
)
def test_the_whole_subject_goes_before_a_name_and_a_name_before_everybody(
    entries: dict[str, str], level: Level
) -> None:
    levels = CertificateLevels([AllowedCertificate(subject, word) for subject, word in entries.items()])
    assert levels.level_of(OPS) is level


def test_a_certificate_without_a_common_name_has_its_other_names() -> None:
    levels = CertificateLevels([AllowedCertificate("worker.example.org", "info")])
    assert levels.level_of(certificate("worker.example.org")) is Level.INFO
    assert levels.level_of(certificate("other.example.org")) is Level.NONE


@pytest.mark.parametrize(
    ("subject", "level", "code"), [("CN=ops,=x", "all", Code.BAD_TLS), ("ops", "some", Code.UNKNOWN_LEVEL)]
)
def test_an_entry_that_cannot_be_read_is_refused(subject: str, level: str, code: Code) -> None:
    with pytest.raises(WorkloadError) as caught:
        CertificateLevels([AllowedCertificate(subject, level)])
    assert caught.value.code is code
