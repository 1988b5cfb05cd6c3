"""The life of an order: entering a chain, being taken, moving on after a step, ending.

lifecycle   the table of transitions
queue       the orders that wait at one node
place       a new order enters its chain
arrive      an order comes to a node (skipped, suspending, delaying, end nodes)
finish      the end of a round
advance     what follows a step
modify      what commands change
"""
