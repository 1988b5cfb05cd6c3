"""The daily plan: what is expected to start when, and what people have changed of it.

override     one start that is not as the run time says (frozen; made by `scheduler.commands.plan_change`)
change       deciding such a change: what is refused, and what else follows from it
starts       the starts of jobs and orders with the overrides applied: what the engine obeys
day          plan days: from a local date to instants, with the hour at which they begin
expected     the starts of one object in a span of time
series       all starts of an object on a day as a short text
catch_up     starts that passed while no engine was active
conflicts    starts that get into each other's way
duration     how long a run is expected to take, from the last ones
outlook      how many starts each day of a long span has
state        what became of an expected start, from what has happened

The engine starts by its own run times and looks at overrides when it works out the next start of an object, so it
obeys them without any other process. What is only looked at (entries, their states, reports) is made by the services.
"""
