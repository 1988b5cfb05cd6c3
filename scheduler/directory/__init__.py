"""Directories: where file orders come from and go to, and jobs that start when a directory changes.

reading    what is known of a directory (only in memory; `index.readings` holds it)
pace       when a directory is to be read again
sources    files of a source of file orders -> orders
watches    changes in a watched directory -> starts of a job
sinks      an order at a sink: its file is removed or moved
ends       the end of a file order whose file is still there: the blacklist

The engine's rim reads directories and touches files; what is decided here is when, and what it means.
"""
