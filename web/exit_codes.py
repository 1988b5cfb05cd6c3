"What exit codes say to people: those that have a meaning everywhere. Pure."

from __future__ import annotations

import signal

from web.words import gettext

#: shells end with this and the number of the signal that ended their program
SHELL = 128
_BEYOND = 255


def meaning(code: int) -> str:
    "A few words; empty for a code that only the program itself gives a meaning."
    if code < 0:
        return gettext("ended by %(signal)s", signal=signal_name(-code))
    if code == 0:
        return gettext("success")
    if code == 126:
        return gettext("the program may not be executed")
    if code == 127:
        return gettext("there is no such program")
    if SHELL < code < _BEYOND and _is_signal(code - SHELL):
        return gettext("as shells say it: a program in it was ended by %(signal)s", signal=signal_name(code - SHELL))
    return gettext("an error of the program") if code == 1 else ""


def signal_name(number: int) -> str:
    "`SIGKILL (9)`; of one without a name its number."
    try:
        return f"{signal.Signals(number).name} ({number})"
    except ValueError:
        return gettext("signal %(number)s", number=number)


def _is_signal(number: int) -> bool:
    return number in signal.valid_signals()
