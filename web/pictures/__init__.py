"""Pictures as geometry: numbers in, frozen shapes out; templates/pictures draws them as SVG.

sparkline    the last runs of one job as bars
hours        counts per quarter hour or hour, stacked by result
timeline     rows of bars over a day
chain_graph  the nodes of a job chain in layers
month        the days of a month as weeks
beats        heartbeats as a strip in which a gap is a gap
availability when somebody was heard of, over a day or thirty

Everything here is pure. No picture is the only way to a fact: each carries its text, or stands beside a table.
"""
