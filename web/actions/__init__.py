"""Everything that changes something: one way from a button, a bulk operation or the JSON interface to the engine.

verbs, fields              what can be done, and what is asked for
jobs, tasks, orders, chains, files, limits, substitutes, black_outs, plan, scheduler, supervisor   the declarations
kinds                      from the words that name an object to its page and its permission path
levels                     how much is asked for before an action runs
offers                     which buttons a page shows
deeds, delivery            permission -> operation key -> audit -> command -> result; commands that wait
known_params, run_times     what forms are filled with: the parameters, and the run time, that there are
again                      those of a task or a run
perform, routes            forms and messages; the addresses
"""

from web.actions import (  # noqa: F401  they declare their verbs
    black_outs,
    chains,
    files,
    jobs,
    limits,
    orders,
    plan,
    scheduler,
    substitutes,
    supervisor,
    tasks,
)
