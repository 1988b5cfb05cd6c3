"""XML of configuration files -> definitions. Files are given as bytes; whoever calls reads them.

live               file name -> object
read               bytes of an object's file -> definition (the entry point)
scheduler_xml      bytes of the start-up file -> definition
factory_ini        text of the ini file -> settings
reading            what reading needs from outside: environment variables and included files
params, text       elements that occur in several objects, with their includes
run_time           run times, as far as they are understood
job, job_chain, order   one object each
"""

from scheduler.configuration.live import object_of
from scheduler.configuration.read import read_object
from scheduler.configuration.reading import IncludeRequest

__all__ = ["IncludeRequest", "object_of", "read_object"]
