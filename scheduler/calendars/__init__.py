"""Business calendars: which days are working days, by name, for all schedules and run times that refer to them.

model     what a calendar says (frozen; made by `scheduler.configuration.calendar`)
public    public holidays of countries and their regions
ical      iCalendar files: the days of their events, and calendars as such files
occurrences    the days of one event, with its repetitions
working_days   the n-th working days of each month
users     who refers to which calendar

A run time that names a calendar treats the days on which that is closed as its holidays, and starts nothing in its
black-outs. What a calendar says depends on no clock: all its days from the first to the last year that anything is
planned for are worked out when it is read.
"""
