"""Central configuration as data: what a supervisor hands out, and what a worker does with it.

A worker (a workload scheduler) asks, a supervisor answers; nothing is ever pushed. Here is everything that can be said
without a socket and without a file:

names             which names a file of the cache may have; what the names of central folders mean
tree              files of a tree, their checksum, the merge of general and specific ones, differences
transfer          what an answer does to a cache, and why some answers are refused
classic           the elements of the classic protocol, in both directions
messages          the elements of our own protocol, in both directions
authentication    proofs that both sides know the same key
pairing           the supervisor's side of a data and a control connection: a table
linking           the worker's side of them: a table
silence           how long the other side has been silent
outstanding       which command goes to a worker next: one at a time, urgent ones may overtake
settings          supervisor.ini, of both roles
records           what a supervisor knows about a worker, and one version of a configuration
"""
