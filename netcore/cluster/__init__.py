"""A member of a passive cluster: it watches the one that works, and takes its place.

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
