"""Run times: on which days and at what times of day something may run, and when it starts by itself.

model        what a run time, a schedule and holidays say (frozen; made by `scheduler.configuration.run_time`)
clock        local times of day -> instants, with the rule for clock changes
black_outs   spans in which nothing starts, as instants
rule         the days of one run time, with holidays applied
schedules    all named schedules, their substitutes, and what is wrong between them
plan         a run time with everything that it refers to: what the questions are asked of
periods      the periods of a plan, one after the other, as instants
earliest     the earliest of all starts that periods give
job_starts   the questions of jobs: is it in a period, when is the next start
order_starts the questions of orders: when does the first round start, when the next one
calendar     the questions of calendars: all periods, all starts between two instants
"""
