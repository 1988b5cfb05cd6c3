"""`python -m netcore services`: the background services, and which process hosts them.

run_services    the process: options, signals, exit status
instance        one of several such processes: beats, takes over, hands over
ending          what a signal asks for
host            the services on an APScheduler: when each runs, paused, run now, what came of it
service         what a service is
configuration   the configuration as the engine reads it, to be asked for run times
daily_plan      keeps the plan's rows
plan_expected   what each object is expected to start on a day
plan_followed   what became of starts that were due
plan_peaks      when process classes are too small for what is expected
pace            how much goes into one transaction
breaks          how long is computed at a stretch
background      who comes first where processors are short
outlook         how many starts the coming days have, for two years
history         condenses the journal into daily figures, and releases it
released_holds  notes in the audit what the scheduler let go at its time
beats           keeps how regularly members gave signs of life
monitor         notices what goes wrong, by the rules of monitor.xml
watched_lists   saved views that somebody wants to be told of
messages        tells people and programs about it
sending         one message: mail, HTTP, command
engine_connection   the one connection to the member at work
proxy           sends commands that wait, passes events on
restart         finishes what an outage interrupted
clean_up        deletes what is old

The right to host them is `models.right`: every transaction of a service asks for it.

A service only looks at what the engine has recorded and writes rows of its own; the engine needs none of them. All of
them are synchronous and run in threads of the scheduler's pool, each never twice at once.
"""
