"""What an engine knows before it starts: command line over factory.ini over scheduler.xml, and what they include."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from netcore.mail import Post
from netcore.options import UsageError, parse_options
from netcore.settings import Settings, read_settings
from scheduler.definitions import PortAddress

NOTHING: Mapping[str, str] = {}


def settings(
    directory: Path, *options: str, xml: str = "<config/>", ini: str = "", environ: Mapping[str, str] = NOTHING
) -> Settings:
    config = directory / "config"
    (config / "live").mkdir(parents=True, exist_ok=True)
    (config / "scheduler.xml").write_text(f"<spooler>{xml}</spooler>")
    (directory / "factory.ini").write_text(ini)
    mistakes: list[str] = []
    words = [f"-config={config / 'scheduler.xml'}", f"-ini={directory / 'factory.ini'}", *options]
    if not any(word.startswith("-var-dir") for word in options):
        words.append(f"-var-dir={directory / 'var'}")
    found = read_settings(parse_options(words, mistakes), environ, mistakes)
    if mistakes:
        raise UsageError(*mistakes)
    return found


@pytest.mark.parametrize(
    ("options", "ini", "xml", "name", "value"),
    [
        ((), "", '<config tcp_port="4444"/>', "tcp_port", 4444),
        (("-tcp-port=5555",), "", '<config tcp_port="4444"/>', "tcp_port", 5555),
        (("-port=0",), "", '<config tcp_port="4444"/>', "tcp_port", 0),
        ((), "", '<config port="4444"/>', "udp_port", 4444),
        ((), "", '<config tcp_port="0"/>', "tcp_port", None),
        (("-ip-address=127.0.0.2",), "", '<config ip_address="127.0.0.1"/>', "ip_address", "127.0.0.2"),
        ((), "", '<config http_port="127.0.0.3:4446"/>', "http_port", PortAddress(4446, "127.0.0.3")),
        (("-http-port=0",), "", '<config http_port="4446"/>', "http_port", None),
        (("-http-port=127.0.0.3:4447",), "", '<config http_port="1"/>', "http_port", PortAddress(4447, "127.0.0.3")),
        (("-http-port=4447", "-ip-address=::1"), "", "<config/>", "http_port", PortAddress(4447, "::1")),
        (("-https-port=4448",), "", "<config/>", "tls_port", None),
        (("-https-port=4448", "-tls-certificate=x"), "", '<config https_port="1"/>', "tls_port", 4448),
        (("-https-port=127.0.0.3:1", "-tls-certificate=x"), "", "<config/>", "tls_address", "127.0.0.3"),
        (("-https-port=1", "-tls-port=2", "-tls-certificate=x"), "", "<config/>", "tls_port", 2),
        ((), "", '<config https_port="4448" tls_certificate="x"/>', "tls_port", 4448),
        (("-param=a",), "param = b", '<config param="c"/>', "param", "a"),
        ((), "param = b", '<config param="c"/>', "param", "b"),
        ((), "", '<config param="c"/>', "param", "c"),
        (("-id=a",), "id = b", '<config spooler_id="a"/><config spooler_id="b"/>', "scheduler_id", "a"),
        ((), "id = b", '<config spooler_id="a"/><config spooler_id="b"/>', "scheduler_id", "b"),
        ((), "", '<config spooler_id="a"/><config spooler_id="b"/>', "scheduler_id", "a"),
        (("-time-zone=Europe/Berlin",), "", '<config time_zone="Asia/Tokyo"/>', "time_zone", "Asia/Tokyo"),
        (("-time-zone=Europe/Berlin",), "", "<config/>", "time_zone", "Europe/Berlin"),
        (("-log-level=debug3",), "log_level = error", "<config/>", "log_level", "debug3"),
        ((), "log_level = error", "<config/>", "log_level", "error"),
        (("-pause",), "", "<config/>", "pause", True),
        (("-pause-after-failure",), "", "<config/>", "pause_after_failure", True),
        (("-ignore-process-classes",), "", "<config/>", "ignore_process_classes", True),
        (("-e",), "", "<config/>", "log_to_stderr", True),
        ((), "log_dir = *stderr", "<config/>", "log_to_stderr", True),
    ],
)  # fmt: skip
def test_what_goes_before_what(
    tmp_path: Path, options: tuple[str, ...], ini: str, xml: str, name: str, value: Any
) -> None:
    assert getattr(settings(tmp_path, *options, ini=f"[spooler]\n{ini}", xml=xml), name) == value


def test_directories_of_logs_option_before_ini_before_scheduler_xml(tmp_path: Path) -> None:
    xml, ini = f'<config log_dir="{tmp_path / "x"}"/>', f"[spooler]\nlog_dir = {tmp_path}/$NAME"
    assert settings(tmp_path, xml=xml).log_dir == str(tmp_path / "x")
    assert settings(tmp_path, xml=xml, ini=ini, environ={"NAME": "i"}).log_dir == str(tmp_path / "i")
    assert settings(tmp_path, f"-log-dir={tmp_path / 'o'}", xml=xml, ini=ini).log_dir == str(tmp_path / "o")


def test_words_behind_the_file_are_scheduler_variables_over_those_of_the_file(tmp_path: Path) -> None:
    xml = '<config><params><param name="A" value="file"/><param name="B" value="file"/></params></config>'
    found = settings(tmp_path, "a=line", "c=new", xml=xml).params
    assert dict(found.items()) == {"A": "line", "B": "file", "c": "new"}


def test_base_files_are_relative_to_the_start_up_file_and_supplement_it(tmp_path: Path) -> None:
    (tmp_path / "config" / "sub").mkdir(parents=True)
    (tmp_path / "config" / "sub" / "base.xml").write_text(
        '<spooler><config tcp_port="1111" udp_port="2222"><params><param name="x" value="base"/></params></config>'
        "</spooler>"
    )
    found = settings(tmp_path, xml='<config tcp_port="4444"><base file="sub/base.xml"/></config>')
    assert (found.tcp_port, found.udp_port, found.params["x"]) == (4444, 2222, "base")
    assert found.config.base_files == ("sub/base.xml",)


def test_a_missing_base_file_is_a_mistake_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"SCHEDULER-300.*nowhere\.xml.*line 1"):
        settings(tmp_path, xml='<config><base file="nowhere.xml"/></config>')


def test_included_holidays_lie_beside_the_start_up_file_and_parameters_on_the_include_path(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "days.xml").write_text('<holidays><holiday date="2026-12-25"/></holidays>')
    (tmp_path / "includes").mkdir()
    (tmp_path / "includes" / "p.xml").write_text('<params><param name="x" value="included"/></params>')
    body = '<params><include file="p.xml"/></params><holidays><include file="days.xml"/></holidays>'
    for xml, option in (
        ('<config include_path="$BASE/includes">', ""), ("<config>", f"-include-path={tmp_path / 'includes'}")
    ):  # fmt: skip
        options = [option] if option else []
        found = settings(tmp_path, *options, xml=f"{xml}{body}</config>", environ={"BASE": str(tmp_path)})
        assert found.params["x"] == "included"
        assert date(2026, 12, 25) in found.config.holidays.dates


def test_a_script_of_the_scheduler_itself_is_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    script = '<script language="python">def spooler_init(): pass</script>'
    xml = f"<config><scheduler_script>{script}</scheduler_script></config>"
    with pytest.raises(UsageError, match="<commands> can start a job"):
        settings(tmp_path, xml=xml)


def test_what_has_no_effect_is_told(tmp_path: Path) -> None:
    found = settings(
        tmp_path, "-job-java-options=-Xmx1g", "-validate-xml-", "-sos.ini=x",
        xml='<config supervisor="host:4444" http_port="4446" https_port="4447"><cluster/></config>',
        ini="[spooler]\ntmp = x\nnonsense = 1\nmail_on_error = yes\n[java]\noptions=-Xmx1g",
    )  # fmt: skip
    text = "\n".join(found.warnings)
    for word in ("-job-java-options", "-validate-xml-", "-sos.ini", "https_port=4447", "<cluster>",
                 "tmp", "nonsense", "[java] options", "smtp"):  # fmt: skip
        assert word in text
    assert "http_port" not in text


def test_mistakes_of_all_files_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        settings(
            tmp_path, xml='<config tcp_port="x"/>', ini="[spooler]\nmail_on_error = perhaps\nlog_level = loud",
        )  # fmt: skip
    assert "factory.ini" in str(refusal.value)
    assert "scheduler.xml" in str(refusal.value)


def test_mail_is_set_up_from_the_ini_file(tmp_path: Path) -> None:
    ini = "[spooler]\nmail_queue_dir = $Q/mail\nmail_queue_only = yes\n[smtp]\nmail.smtp.port = 2525\n" \
          "mail.smtp.user = u\nmail.smtp.password = p\n"  # fmt: skip
    assert settings(tmp_path, ini=ini, environ={"Q": "/q"}).post == Post("/q/mail", True, 2525, "u", "p")
    usual = settings(tmp_path, "-id=x", ini="").post
    assert (usual.queue_dir, usual.port) == (os.path.join(str(tmp_path), "var", "mail", "x"), 25)


def test_the_limit_of_stored_logs(tmp_path: Path) -> None:
    name = "scheduler.max_kbyte_of_db_log_entry"
    assert settings(tmp_path, f"{name}=3").stored_log_max == 3072
    assert settings(tmp_path).stored_log_max is None
    with pytest.raises(UsageError, match=name):
        settings(tmp_path, f"{name}=much")
