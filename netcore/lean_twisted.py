"""Twisted loads OpenSSL as soon as it is installed: 12 MB and a tenth of a second that only TLS needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def openssl_left_out() -> Iterator[None]:
    """While Twisted is imported for the first time. Afterwards OpenSSL can be imported by whoever needs it.

    What Twisted makes of it by itself (`reactor.listenSSL`, `connectSSL`, `startTLS`, endpoints with TLS) is not there
    then; `twisted.protocols.tls` over a plain connection is.
    """
    if "OpenSSL" in sys.modules:
        yield
        return
    sys.modules["OpenSSL"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["OpenSSL"]
