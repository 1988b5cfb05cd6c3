import pytest

from scheduler.configuration.factory_ini import FactoryIni, read_factory_ini
from scheduler.errors import Code
from tests.support.refusals import refused


def test_settings_are_those_of_the_spooler_section():
    text = """
; a comment
# another
[java]
options = -Xmx1g
[spooler]
config       = /etc/scheduler.xml   ; where it lies
  id=cluster
param =
LOG_DIR = $HOME/log
log_level = debug3
include_path = ${HOME}/inc
html_dir = ${HOME}/html
db = postgresql://u:p;x@h/d?a=100%
mail_on_error = yes
history
[Job a/b]
log_level = error
"""
    assert read_factory_ini(text, {"HOME": "/home/me"}) == FactoryIni(
        config="/etc/scheduler.xml",
        id="cluster",
        param="",
        log_dir="/home/me/log",
        log_level="debug3",
        include_path="/home/me/inc",
        db="postgresql://u:p;x@h/d?a=100%",
        html_dir="/home/me/html",
    )


def test_a_file_without_the_section_says_nothing():
    assert read_factory_ini("", {}) == read_factory_ini("[smtp]\na=b\n", {}) == FactoryIni()


def test_a_key_given_twice_has_its_last_value():
    assert read_factory_ini("[spooler]\nid=a\n[spooler]\nid=b\n", {}).id == "b"


@pytest.mark.parametrize(("text", "line"), [("id=a\n", 1), ("\n\nid=a", 3), ("[spooler]\n=x\n", 2)])
def test_a_file_that_is_no_ini_file_is_refused_with_its_place(text, line):
    with refused(Code.MALFORMED, line, 1):
        read_factory_ini(text, {})
