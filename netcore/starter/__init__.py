"""The starter: a small process of the engine that starts, watches and reaps the processes of shell tasks.

    engine                                    starter
    connection   Start, Signal, Stop   --->   program     one thread, one loop
    (processes)  Began, Ended, Refused <---   making      log, files and process of one task
                 permit (shared memory) -->   ending      what is to be told of its end

Starting a process keeps the interpreter busy with some thirty system calls, each of which gives up its lock; in the
engine the reactor and the scribe would fight for it. Here nobody else wants it, nothing large is loaded, and the second
core has something to do. The wire is in `wire`, what goes over it in `orders`.

What holds, whoever dies:
* Nothing starts later than the deadline in the shared memory, which the engine moves on after each commit, and nothing
  after the engine has gone: both are looked at right before each start.
* When the engine dies the starter ends at once; the processes of tasks go on, and the next run finds them by their
  marks. The starter carries such a mark itself, so whoever looks for left-overs waits for its end, too.
* A log is another name of a file that is used again (`log_files`), from its start until it is stored.
* When the starter dies the engine ends what that has left, has the steps begin again, and starts another one.

Only the standard library and a few modules of `netcore` that need no more are loaded here (a test watches this).
"""
