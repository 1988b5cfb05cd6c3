"""Speed, measured on real engines beside what this machine can do at most, in the same run.

`python -m bench` runs everything on SQLite and on PostgreSQL and prints a table of goals and figures; the same goes as
JSON to var/bench. One file is one measurement: `measure(bench)` gives figures. Absolute rates differ from machine to
machine and from hour to hour, so the goals are ratios to the limit wherever a limit exists.
"""
