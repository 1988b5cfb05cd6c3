"""The life of objects that come from files.

`apply` decides what a read or vanished file means; `jobs`, `chains` and `orders` say for their kind when an
object is idle enough to be replaced or removed and what that does. A newer version that has to wait stands in
`SourceFile.successor`; a faulty one leaves the old version at work and stands beside it as `SourceFile.problem`.
`events` tells the log, the mail and the jobs that watch over the folder.
"""
