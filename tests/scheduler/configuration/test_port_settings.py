"TLS, certificates, tokens and limits in the start-up file."

from __future__ import annotations

import pytest

from scheduler.configuration.limits import LIMITS
from scheduler.configuration.scheduler_xml import read_scheduler_xml
from scheduler.definitions import AllowedCertificate, AllowedHost, ConfigDefinition, HttpToken, HttpUser, TlsFiles
from scheduler.errors import Code
from scheduler.protocol.http_limits import HttpLimits
from scheduler.protocol.limits import Limits
from tests.support.refusals import refused

DIGEST = "0123456789abcdefABCDEF" + "0" * 42


def config(content: str = "", attributes: str = "") -> ConfigDefinition:
    text = f"<spooler><config {attributes}>{content}</config></spooler>"
    return read_scheduler_xml(text.encode(), "me", {"BASE": "/base"})


def test_the_port_with_tls_is_closed_unless_it_is_named() -> None:
    assert (config().tls_port, config().tls) == (None, TlsFiles())
    found = config("", 'tls_port="4445" tls_certificate="$BASE/c.pem" tls_key="k.pem" tls_client_ca="ca.pem"')
    assert (found.tls_port, found.tls) == (4445, TlsFiles("/base/c.pem", "k.pem", "ca.pem"))


def test_certificates_and_hosts_stand_beside_each_other_and_the_first_entry_counts() -> None:
    found = config("""
<security>
  <allowed_certificate subject="CN=ops" level="all"/>
  <allowed_host host="10.0.0.0/8" level="info"/>
  <allowed_certificate subject="CN=ops" level="none"/>
  <allowed_certificate subject="*" level="info"/>
</security>""")
    assert found.allowed_hosts == (AllowedHost("10.0.0.0/8", "info"),)
    assert found.allowed_certificates == (AllowedCertificate("CN=ops", "all"), AllowedCertificate("*", "info"))


def authentication(entries: str) -> str:
    return f"<http_server><http.authentication>{entries}</http.authentication></http_server>"


def test_users_and_tokens_may_have_levels() -> None:
    found = config(authentication(f"""
<http.users><http.user name="a" password_md5="{'0' * 32}"/><http.user name="b" password_md5="{'0' * 32}" level="info"/>
</http.users>
<http.tokens><http.token name="ci" sha256=" {DIGEST} " level="no_add"/></http.tokens>""")).http_server
    assert found.users == (HttpUser("a", "0" * 32), HttpUser("b", "0" * 32, "info"))
    assert found.tokens == (HttpToken("ci", DIGEST.lower(), "no_add"),)


def test_limits_are_as_usual_unless_they_are_given() -> None:
    assert config().limits == config("<limits/>").limits == Limits()
    found = config('<limits document_bytes="5000" idle_seconds="00:10" http_streams="3" document_depth="7"/>').limits
    assert found == Limits(
        document_bytes=5000, idle_seconds=600, document_depth=7, http=HttpLimits(streams=3, depth=7)
    )


def test_every_limit_can_be_set_and_says_what_is_usual() -> None:
    words = {each.name: "00:20" if each.name.endswith("_seconds") else "5000" for each in LIMITS.attributes}
    words["document_depth"] = "50"
    found = config(f"<limits {' '.join(f'{name}={value!r}' for name, value in words.items())}/>").limits
    assert found.connections == found.http.body_bytes == found.log_lines == 5000
    assert found.answer_seconds == found.http.write_seconds == 1200
    assert all("default" in each.doc for each in LIMITS.attributes)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<security><allowed_certificate subject="a" level="some"/></security>', Code.UNKNOWN_LEVEL),
        ('<security><allowed_certificate level="all"/></security>', Code.MISSING_ATTRIBUTE),
        (authentication('<http.tokens><http.token name="a" sha256="00" level="all"/></http.tokens>'), Code.BAD_VALUE),
        (
            authentication(f'<http.tokens><http.token name="a" sha256="{DIGEST}" level="x"/></http.tokens>'),
            Code.UNKNOWN_LEVEL,
        ),
        (
            authentication(f'<http.tokens><http.token name="a" sha256="{DIGEST}"/></http.tokens>'),
            Code.MISSING_ATTRIBUTE,
        ),
        ('<limits idle_seconds="0"/>', Code.BAD_VALUE),
        ('<limits document_bytes="1"/>', Code.OUT_OF_RANGE),
        ('<limits nonsense="1"/>', Code.UNKNOWN_ATTRIBUTE),
    ],
)
def test_what_is_wrong_is_refused(text: str, code: Code) -> None:
    with refused(code):
        config(text)


def test_a_secret_that_stands_where_its_digest_should_is_not_repeated() -> None:
    with refused(Code.BAD_VALUE) as info:
        config(authentication('<http.tokens><http.token name="a" sha256="swordfish" level="all"/></http.tokens>'))
    assert "swordfish" not in str(info.value)
