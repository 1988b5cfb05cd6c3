"""The task server: the child process in which one task of a job with a Python script lives.

    python -P -m taskserver FD [TICKETS]  (the engine uses `messages.command`, which needs no installation)

The engine starts it for a task of a job with `<script language="python">`, and for a task of a shell job that has
monitors. FD is a connected unix stream socket; standard output and error are the task's log. The process serves one
task, with as many orders as it gets, and ends with it. It uses the standard library only and imports little,
because it is started for every task.

The map
-------
messages            the protocol: every message with every field; the only module that the engine imports
channel             lines on the descriptor, requests to the engine with their answers, the watch for a lost engine
server              the loop: one message in, one result out; the orderly end by SIGTERM
ahead               steps that follow without a call, and tickets by which the engine takes them back
interruption        SIGTERM, and when it may interrupt
session             which methods of which script are called by each message, in which order
script              one script: compiled, loaded, its methods called
failures, errors    an exception as the engine and the log want to see it; refusals that a script may catch
log_writer          lines of the task log with their level
values, changing    texts that stand for values; attributes that remember that they were set
xml_text            commands written and answers read
variable_set, spooler, job, task, order, job_chain, log        the objects that scripts see, with their classic names
"""
