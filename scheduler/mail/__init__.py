"""Who gets which mail, and what it says. Sending is the rim's business.

message    a mail as data
letters    the mails about a task, and about everything else that is worth one
"""
