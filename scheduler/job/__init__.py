"""The life of a job.

lifecycle     the table of transitions
requisites    what a job cannot do without
times         when it may start and starts by itself, at every event that changes it (pure)
activation    the times of all jobs as the World stands
demand        what asks for a task now
after_task    what the end of a task does to its job
"""
