"""Clusters: who is there, who may work, when somebody else goes on. Pure; time is an argument.

standing        how the right to work was left by the one who had it last
sight           which beats were seen to change when, on one's own clock
beat_minutes    the longest silence of each member, minute by minute
claiming        whether a waiting member may take over now, and if not, why
lifecycle       the phases of a member as a table
member_command  what one member tells another through the database
view            the cluster as a member sees it, for answers
assignment      a step that another member runs: what is wanted, how it went (active clusters)
wire            the bodies of assignments and reports
talk            what was said to the task server of a task at another member, as a row
relay           how calls of such task servers go out, and results come in
crew            who runs steps for the leading member, how busy each is, and who takes the next one
sharing         what becomes of such steps when members come and go
"""
