"""The life of an order: entering a chain, being taken, moving on after a step, ending.

lifecycle   the table of transitions
queue       the orders that wait at one node
hold        what keeps an order out of the queue
due         which order a job takes next
times       when rounds start: run times, schedules that change
place       a new order enters its chain
arrive      an order comes to a node (skipped, suspending, delaying, end nodes)
nested      job chains in job chains: where an order goes in, and on
finish      the end of a round
rounds      what follows it: the next nested chain, the next round, or nothing
advance     what follows a step
causes      why a round begins, and who has ordered it
added       orders that a node adds to other chains by the exit code of its step
without_class  orders whose chain names a process class that does not exist
modify      what commands change
recorded    orders that are not stored
"""
