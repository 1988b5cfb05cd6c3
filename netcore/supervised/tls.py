"Our side of TLS: the supervisor shows a certificate of our authorities, we show ours when we have one."

from __future__ import annotations

import os
from typing import Any

from OpenSSL.crypto import X509
from twisted.internet import ssl

from netcore.tls import certificates_in, key_in
from scheduler.supervisor.settings import AsWorker


def client_tls(host: str, settings: AsWorker, directory: str) -> Any:
    """A creator of connections to this host; files are relative to the directory. Without `ca` the authorities of the
    system count. Raises BAD_TLS."""
    trust: Any = None
    if settings.ca:
        found = certificates_in(os.path.join(directory, settings.ca))
        trust = ssl.trustRootFromCertificates([ssl.Certificate(X509.from_cryptography(each)) for each in found])
    options: dict[str, Any] = {"raiseMinimumTo": ssl.TLSVersion.TLSv1_2}
    if settings.certificate:
        certificate, *between = certificates_in(os.path.join(directory, settings.certificate))
        options["certificate"] = X509.from_cryptography(certificate)
        options["extraCertChain"] = [X509.from_cryptography(each) for each in between]
        options["privateKey"] = key_in(os.path.join(directory, settings.private_key or settings.certificate))
    return ssl.optionsForClientTLS(host, trustRoot=trust, extraCertificateOptions=options)
