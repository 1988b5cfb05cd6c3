"""The rim: everything that touches the world outside, in one process with one reactor.

run_engine, options, settings   the process: command line, what it means, signals, exit status; settings_files
                                and send_command are theirs
cluster/                        members of which one works while the others wait to take over; the permit to start
supervision                     both roles in central configuration: supervisor/ hands configuration out to workers,
                                supervised/ is a worker; loaded always, at work only when one of them is wanted
preparation, claim, leftovers   before the reactor runs: ports, right to write, loading, processes of an earlier run
engine                          all parts made, started and ended in order
left_logs                       logs that an earlier life left, stored later
stopped_writer                  who keeps everybody from writing, on SQLite
conductor                       decide -> apply -> record -> act, on the reactor's thread
scribe                          the one writer, in a thread
processes, starter/             the processes of shell tasks, and the small process that starts and reaps them;
                                running_process, spawn, run_mark, spool, watched are theirs
task_servers                    the processes of Python jobs and monitors; task_server_connection, task_server_start,
                                tickets and process_ends are theirs; all_processes: who does what
brief_connection, brief_calls   sockets to processes of our own, starter and task servers
live_folder                     the hot folder; folder_* are its parts
directories                     directories of file orders and of watching jobs; file_sink, inotify, workers are theirs
mail                            mails, in a thread
command_port, datagram_port     TCP and UDP; command_connection, command_execution, hosts, peer_log are theirs; http_*:
                                the same port over HTTP, loaded when somebody asks; tls, tls_connection,
                                certificate_levels: the port with TLS, loaded when it is wanted (lean_twisted);
                                port_patience: waiting for a port at the start, or for a free number
large_answers                   answers that take their time, in slices; traffic: what has gone over a connection
history, history_answers        questions to the database, in threads; resource_use: what running tasks use
events, event_stream            committed rows of the journal for those who follow; an answer of them without end
engine_log, log_lines           what is written down; lateness: how late the reactor is
clocks                          one on the wall for instants, one that only counts for what lasts

What differs from the first design, and why: processes are started and reaped in a process of its own, the starter.
On the reactor's thread every start would hold the interpreter until the exec, on a busy machine milliseconds in which
neither the reactor nor the scribe could work; in threads each of its system calls gives up the interpreter's lock and
wins it back, so that three threads spend their time on that. Starts go from the commit straight to the starter, and a
process that ends at once is heard of only then, so a short step wakes the reactor once, and many at once do so too.
There is still no fork.
"""
