"""A member of a cluster: it watches the one that works, and takes its place.

In an active cluster the one that works is the one that leads, and the others lend it their processes. There is one
World, in which everything is decided; so every command, stop and limit holds in the whole cluster at once, and the
fence of the passive cluster is that of the active one, too. What crosses over between members are rows:

    the leading member         starts a task: its row, and an assignment, in one transaction; then it says so
    the member that it is for  hears of the assignment, or finds it, starts the process, and says how that has ended
    the leading member         hears it: what follows from it, and the end of the assignment, in one transaction

    the leading member         calls a task server (of scripts in Python): the row of its task says what was said last,
                               and how much was heard from it, in the transaction that records what it decides
    the member that it is for  makes each call once, and says what comes of it, numbered, until that row says that it
                               was heard

What is said goes by datagram, which may be lost: an assignment is found without a word, too, and an end that nobody has
heard is written as a row, as whatever is too long for a word or need not be quick. The fence of a member that does not
lead is its own row, which it proves with each beat and each row. Whoever leads declares it dead with a conditional
statement, ends its processes, hears what it had recorded before, and frees the rest; whoever leads next finds tasks,
assignments and reports where they were, and goes on talking with task servers where the last one stopped.

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
warm_folder   the hot folder, read all the time while the member waits, and once more when it takes over
member        the process as a whole: it waits, then an engine works in it
beside        what a member answers that works beside the leading one
roll_call     who does: asked with every look
hands         what it does: processes that are assigned to it
talks         how it stands between task servers and the leading member
reports       how it says what has become of shell tasks
intake        how the leading member hears of that
bell          what wakes both before their time, and says why; seal: nobody else can say anything
rings         what the leading member says, to each in one breath
remote_log    the log of a step while another member runs it
permit        no process starts without a recent proof of the right to work (every engine)
"""
