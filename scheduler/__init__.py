"""The pure core: what runs, when and why.

Nothing in this package opens a file, looks at a clock, starts a thread, reads the environment or
talks to a database. Time comes in as `now` (aware, UTC), bytes come in as arguments, and what
should happen goes out as data. `tests/test_architecture.py` holds this.

The map
-------
paths, params, times, errors   the small vocabulary: object paths, parameter sets, instants, refusals
secret_names, kept_params       which parameters are secret; what the history keeps of those of a round
copying                        copies of frozen records, fast
posix_regex                    regular expressions for names of files, as the classic engine reads them
patterns, pattern_reader       regular expressions of people, which can never take long
log_search, list_filter        what is found in a log; what the search field of a list says
definitions                    what a configuration file says (frozen, never changes after reading)
records                        what the engine knows about an object now (frozen; a change makes a new one)
changes                        a fact that was decided: the records as they are after it
messages, actions              what comes in from the rim, what the rim must do after the commit
world, index/                  all records of one engine, with the indexes that deciding needs
questions                      what can be asked of a World
identity                       what an engine says of itself
surroundings                   what the rim lends to the core: environment, included files, defaults of logs and mails
log_categories                 which parts of the engine write debug lines into its log
timers, remembered             instants at which something is to be looked at again; what the store knew at the start
step                           one message through the rule: decide -> apply -> settle -> apply
settle                         which task starts next
origin                         where a start comes from that nobody has ordered
job_wait                   a job that could start but for a process or a lock
hold, held_until               what is stopped, suspended or paused until an instant, and goes on then by itself
why                            which obstacles keep an order or a job from running
engine_end                     the orderly end
clock_set                      what follows when the wall clock shows something else than it did
calendars/                     business calendars: working days, public holidays, iCalendar files
run_time/                      when something starts, or may start: run times, schedules, holidays, clock changes
order/ job/ task/ chain/       the life of each kind of object: its table of transitions and its decisions
cluster/                       who may work, who waits, who goes on
supervisor/                    central configuration: trees, versions, transfers, the words of both protocols
files/                         the life of objects that come from files: replacement, removal, errors
directory/                     files that become orders, what becomes of the files, jobs that watch directories
mail/                          who gets which mail
xml/                           documents with positions, declarations of elements, writing of answers
configuration/                 XML of a configuration file -> definition
protocol/                      bytes -> commands, replies -> bytes
commands/                      one small file for each command
answers/                       the elements of their answers; answers/declared: all of them as data
events/                        what the journal holds, for those who follow
reference/, schema/            what each command means; XML Schema of commands and answers (never loaded at work)

The one rule
------------
A decision never changes anything: it returns changes, and a change carries complete records. So the
World applies a change by putting records into dictionaries, the store writes the same records as
rows, and neither needs to know why. Only after the rows are committed does the rim act.
"""
