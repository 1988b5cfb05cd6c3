"""Tables and SQL: what the engine remembers, and the questions that pages and commands ask.

The map
-------
columns, tables/       the columns' types and the tables (partial_indexes: for few rows of large ones)
connect, errors        engines for both databases; what may go wrong, in three kinds
migrations/, upgrade   the history of the tables; `python -m models upgrade`
inserts, letter_case   INSERT that may meet a row; texts in any letter case
elapsed, size          the time between two instants of a row; how large the database is
rows, restore          record -> row, row -> record
merge, bulk/, batch    changes -> one transaction: the writer with its fence
left_logs              logs of tasks that a dead member left, stored when it is back
lease                  who may write
sharing, sharing_line  steps that other members of an active cluster run
load                   everything the engine needs to go on after a restart
read/                  questions of the pages and of the history commands
supervisor,
supervisor_transfers   versions of configurations, and the workers that get them; what was sent to whom, who is frozen
accounts, audit,
object_notes           the web's own tables; releases: what the engine let go at its time, in the audit

The rule: the engine's memory is the master. Every write of the engine goes through `batch.Writer`, whose
transaction begins with the fence. Readers use connections of their own and never block the writer.
"""
