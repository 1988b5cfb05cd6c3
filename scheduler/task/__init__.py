"""The life of a task: one run of a job.

lifecycle     the table of transitions
start         a task takes its place (and an order): records, and the launch of its process
environment   the variables of its process
outcome       exit code and return values -> success or failure
ended         what follows the end of a process
queue         tasks that were asked for by command
kill          by command, by timeout
"""
