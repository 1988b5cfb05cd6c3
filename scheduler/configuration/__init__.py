"""XML of configuration files -> definitions. Files are given as bytes; whoever calls reads them.

live               file name -> object
read               bytes of an object's file -> definition (the entry point)
scheduler_xml      bytes of the start-up file -> definition
config, config_parts   what the start-up file may hold, and which of its elements count
factory_ini, ini   text of the ini file -> settings
modify_hot_folder  elements of a command -> files of the hot folder
reading            what reading needs from outside: environment variables and included files
params, text, script   elements that occur in several objects, with their includes
run_time, days, holidays   when something may run
value_types        types of attributes that only these files have
job, job_chain, order, lock, monitor, process_class   one object each
settings, exit_codes   parts of a job
return_codes, file_orders   parts of a job chain
nesting            what only a look at several job chains can tell
"""

from scheduler.configuration.live import object_of
from scheduler.configuration.read import read_object
from scheduler.configuration.reading import IncludeRequest

__all__ = ["IncludeRequest", "object_of", "read_object"]
