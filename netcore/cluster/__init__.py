"""A member of a cluster: it watches the one that works, and takes its place.

In an active cluster the one that works is the one that leads, and the others lend it their processes. There is one
World, in which everything is decided; so every command, stop and limit holds in the whole cluster at once, and the
fence of the passive cluster is that of the active one, too. What crosses over between members are rows:

    the leading member         starts a task: its row, and an assignment, in one transaction; then it rings
    the member that it is for  finds the assignment, starts the process, reports its start and its end, and rings
    the leading member         hears the report: what follows from it, and the end of both rows, in one transaction

Each row is found without a bell, too. The fence of a member that does not lead is its own row, which it proves with
each beat and each report. Whoever leads declares it dead with a conditional statement, ends its processes, hears what
it had reported before, and frees the rest; whoever leads next finds tasks, assignments and reports where they were.

machine       which machine and which process this is, and whether another process still lives
look          what the database says about the cluster, in one look
watcher       the thread that beats, looks, judges, and takes over
hints         what wakes it before its time
remote        how the death of a member on another machine is noticed at once (PostgreSQL)
neighbour     one question to another member over its command port
letters       what others have told this member, and what it writes about itself
cut_off       whether the member at work is the only one without database
takeover      from the verdict to a loaded World, step by step
standby       what a waiting member answers to commands
warm_folder   the hot folder, read all the time while the member waits
member        the process as a whole: it waits, then an engine works in it
beside        what a member answers that works beside the leading one
roll_call     who does: asked with every look
hands         what it does: processes that are assigned to it
intake        how the leading member hears of them
bell          what wakes them before their time
permit        no process starts without a recent proof of the right to work (every engine)
"""
