"""The life of a task: one run of a job.

lifecycle     the table of transitions
start         a task takes its place (and an order): records, and the launch of its process
environment   the variables of its process
outcome       exit code and return values -> success or failure
ended         the task, its order and its job after the end of a process
after_end     what follows then: warnings, commands for the exit code, mail
usage         what its processes have used of the machine
durations, limits   how long steps take, and what is said when that is too short or too long
queue         tasks that were asked for by command
resources     what a task needs beside its job: a process of its class, and locks
kill          by command, by timeout
api_*         tasks with a task server (Python jobs, shell jobs with monitors):
    state     where the task server stands          fields    what it is told
    calls     a call as record and message          result    what follows from what a call has returned
    order     what a step means for its order       serve     what those that rest do next
    job       what a script sets in its job         end       asked for, or by the end of the process
    ahead     orders that are handed ahead          steps     results of steps that have come together
"""
