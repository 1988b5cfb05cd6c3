"""Job chains: what switching their nodes does to the orders that stand there."""
