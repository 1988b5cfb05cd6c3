"""What the World looks up often: orders by node and chain, tasks by job, process class and lock, files that wait.

An index follows the records; it decides nothing. The World adds a record when it is put and removes the one before.
"""
