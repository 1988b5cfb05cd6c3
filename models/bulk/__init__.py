"""One transaction for many rows, in the form that each database takes fastest.

`write(connection, fence, batch)` works on the driver's own connection, checks the fence first, and raises
FenceError, or whatever the driver raises. Afterwards everything is committed, or nothing.
"""
