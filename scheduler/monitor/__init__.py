"""Who is told when something goes wrong, and when it is told again. Pure: what happened and the time are arguments.

events       what rules can be about
rules        rules as data: filters, steps, means
reading      rules from monitor.xml, each refusal with its place
occurrence   something that happened, or is well again
notice       what is open, acknowledged or over, as a table of transitions
deciding     occurrences and the time -> notices and what is to be sent
watched      saved views as rules
delivery     one message on its way: attempts and pauses
words        what messages say
"""
