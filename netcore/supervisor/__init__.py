"""The supervisor: hands configurations out to the workers that are connected.

central_folder   what lies in `config/remote`, read consistently
central_watch    when it is looked at
library          versions and their contents in the database
distribution     from the folder to versions: who shall have what
workers          whom the supervisor knows, and how they are doing
conversation     one connection of a worker, classic or ours
session          the pair of connections of one worker
transfers        what a worker is answered when it fetches
transfer_log     what is on its way to workers, and what has become of it
freezing         workers that get nothing new
wake_up          datagrams to classic workers
git              releases from a repository
operations       what operators ask for: differences, send now, roll back, check, release
service          all of it as one part of the engine
"""
