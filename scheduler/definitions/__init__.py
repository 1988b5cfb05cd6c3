"""What a configuration file says, after reading: frozen, complete, with all defaults filled in.

`scheduler.configuration` makes these from XML. References to other objects are absolute paths.
`source` is the text of the element as written, for `what="source"` and the configuration pages. `warnings` are
mistakes that do not keep the object from being used.

job         jobs and what stands in them
job_chain   job chains, their nodes, sources and sinks of file orders
order       orders of files and of commands
resources   locks, process classes, monitors
settings    logs, history and mail of a job, or their defaults
config      the start-up file
"""

from scheduler.definitions.config import (
    AllowedCertificate,
    AllowedHost,
    ClusterTimes,
    ConfigDefinition,
    HttpDirectory,
    HttpServer,
    HttpToken,
    HttpUser,
    PortAddress,
    SchedulerScript,
    TlsFiles,
)
from scheduler.definitions.job import (
    DirectoryWatch,
    DurationLimit,
    ErrorDelay,
    ExitCodeCommands,
    JobDefinition,
    LockUse,
    MonitorUse,
    Script,
    SetbackDelay,
)
from scheduler.definitions.job_chain import (
    FileOrderSink,
    FileOrderSource,
    JobChainDefinition,
    NodeAddOrder,
    NodeDefinition,
    ReturnCodeRule,
)
from scheduler.definitions.objects import Definition
from scheduler.definitions.order import OrderDefinition
from scheduler.definitions.resources import (
    LockDefinition,
    MonitorDefinition,
    ProcessClassDefinition,
    RemoteScheduler,
)
from scheduler.definitions.settings import JobSettings

__all__ = [
    "AllowedCertificate",
    "AllowedHost",
    "ClusterTimes",
    "ConfigDefinition",
    "Definition",
    "DirectoryWatch",
    "DurationLimit",
    "ErrorDelay",
    "ExitCodeCommands",
    "FileOrderSink",
    "FileOrderSource",
    "HttpDirectory",
    "HttpServer",
    "HttpToken",
    "HttpUser",
    "JobChainDefinition",
    "JobDefinition",
    "JobSettings",
    "LockDefinition",
    "LockUse",
    "MonitorDefinition",
    "MonitorUse",
    "NodeAddOrder",
    "NodeDefinition",
    "OrderDefinition",
    "PortAddress",
    "ProcessClassDefinition",
    "RemoteScheduler",
    "ReturnCodeRule",
    "SchedulerScript",
    "Script",
    "SetbackDelay",
    "TlsFiles",
]
