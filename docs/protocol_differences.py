"""Where the command port does not do what the classic engine does: rows of `compatibility.md`."""

from __future__ import annotations

PROTOCOL = """All commands and answers are in [commands.md](commands.md). What is not listed here is as clients of the
classic engine know it.
"""

#: where, what, nothing, what is done
DIFFERENCES: tuple[tuple[str, str, str, str], ...] = (
    ("TCP", "commands that come before the last answer", "", "better: executed one after the other"),
    ("TCP", "silent and slow connections", "", "better: ended after a while; see [limits](command-port.md#limits)"),
    ("TCP", "indentation after CR LF", "", "as classic, but for answers of more than 2 MB"),
    ("TCP", "encoding that does not fit the bytes", "", "better: read as UTF-8, else as ISO-8859-1"),
    ("HTTP", "`HEAD`, bodies in chunks, `Expect: 100-continue`", "", "better: understood"),
    ("HTTP", "encoding of a body", "", "better: that of the declaration, of the Content-Type, UTF-8 or ISO-8859-1"),
    ("HTTP", "indentation", "", "as classic, but for answers of more than 64 KB"),
    ("HTTP", "404 and other refusals", "", "better: with the usual words, and a line of text that says why"),
    ("HTTP", "an empty file", "", "better: is an empty answer"),
    ("HTTP", "answers of HTTP/1.0, files", "", "better: with Content-Length"),
    ("HTTP", "requests that a page of another site makes a browser send", "", "refused: 403"),
    ("UDP", "many at once", "", "better: further ones are dropped while 100 are under way"),
    ("levels", "no element `security`", "", "better: only this machine is let in, instead of nobody"),
    ("levels", "commands that the classic engine does not check", "", "better: each has a level"),
    ("errors", "unknown commands and attributes, wrong values", "",
     "better: SCHEDULER-105, -232 and others that say what and where, instead of Z-JAVA-105"),
    ("`-cmd`", "answer", "", "as classic (on standard output, between lines of JSON)"),
    ("`-i`", "console", "", "refused: `stellwerk command`, or telnet to the port"),
    ("`-scheduler`", "orders and jobs from the command line", "", "refused: `stellwerk command`"),
    ("`show_task`", "a task that is still in the queue", "", "better: shown, instead of SCHEDULER-207"),
    ("`show_state` and other lists", "many objects", "",
     "better: each is shown as it is when its turn comes, so that nobody else waits"),
    ("`order`", "`end_time` of an order on the blacklist", "", "as classic in `show_order`; lists do not have it"),
    ("`process`", "`operations`, `callbacks`", "",
     "as classic: steps that have begun; commands and locks that its scripts have asked for"),
    ("`order`", "`web_service…`", "", "ignored: never sent, there are no web services"),
    ("`state`", "`waiting_errno…`", "", "better: when the log cannot be written; the engine goes on"),
    ("`state`", "`resume_at`", "", "as classic, of a pause with an end of its own (`until`)"),
    ("`remote_scheduler.*`", "processes for other engines", "", "refused: SCHEDULER-717"),
    ("`service_request`, `plugin.command`", "", "", "refused: SCHEDULER-161, there are no such chains and plug-ins"),
)  # fmt: skip
