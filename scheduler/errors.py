"""Refusals: every one has a stable code that users grep for and tests match.

Where the classic engine has a code for a situation, that code is used with its meaning; texts are
our own. A refusal may carry the place in a document that it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Code(Enum):
    """Stable code and text template; the placeholders are the keyword arguments of the refusal."""

    # documents
    MALFORMED = ("Z-JAVA-105", "{problem}")
    TOO_LARGE = ("STELLWERK-001", "The document is larger than {limit} bytes")
    TOO_DEEP = ("STELLWERK-002", "The document is nested deeper than {limit} elements")
    TOO_MANY_NODES = ("STELLWERK-007", "The document holds more than {limit} elements and attributes")
    DOCTYPE = ("Z-JAVA-105", "A document type declaration is not allowed")
    MISSING_ELEMENT = ("STELLWERK-003", "<{element}> must hold {expected}")
    UNEXPECTED_TEXT = ("STELLWERK-004", "<{element}> holds no text: {text!r}")
    # commands
    UNKNOWN_COMMAND = ("SCHEDULER-105", "There is no command <{command}>")
    UNKNOWN_JOB_COMMAND = ("SCHEDULER-106", "There is no job command {command!r}")
    NOT_PERMITTED = ("SCHEDULER-121", "The command <{command}> needs security level {needed!r}, this connection has {level!r}")
    UNKNOWN_LEVEL = ("SCHEDULER-119", "Unknown security level {level!r}; one of none, signal, info, no_add, all was expected")
    UNKNOWN_WHAT = ("SCHEDULER-164", "Unknown word {word!r} in what={what!r}")
    UNKNOWN_SUBSYSTEM = ("SCHEDULER-472", "Unknown subsystem {name!r}")
    MISSING_ATTRIBUTE = ("SCHEDULER-231", "Attribute {attribute!r} is required in <{element}>")
    NOT_ALLOWED = ("SCHEDULER-232", "Attribute {attribute!r} is not allowed here: {reason}")
    ONLY_WITH = ("SCHEDULER-467", "Attribute {attribute!r} is allowed only together with {other}")
    BAD_CHOICE = ("SCHEDULER-391", "{attribute}={value!r}: one of {expected} was expected")
    SECOND_COMMAND = ("SCHEDULER-319", "<spooler> holds a second element <{element}>")
    NO_ANSWER = ("SCHEDULER-353", "The command list gives no answer: {reason}")
    ANSWER_TOO_LARGE = ("STELLWERK-008", "The answers of the list are larger than {limit} characters; the rest of it is not executed")
    NO_REMOTE_TASKS = ("SCHEDULER-717", "This engine runs no tasks for other engines in this way")
    NOT_ACTIVE = ("SCHEDULER-381", "The scheduler is not active ({state}), so <{command}> is not possible")
    MEMBER_WAITS = ("SCHEDULER-381", "This member waits for activation, so <{command}> is not possible here; {active}")
    UNKNOWN_MEMBER = ("STELLWERK-045", "There is no member {member!r} in the cluster")
    COMMAND_LOST = ("STELLWERK-049", "The member that carried out the command has gone: it may have had its effect, or not")
    NOT_FORWARDED = ("STELLWERK-047", "The command was sent on to {member}, which gave no answer: {problem}")
    MEMBER_LIVES = ("STELLWERK-046", "Member {member!r} lives, so its entry cannot be deleted")
    MEMBER_NOT_LOST = ("STELLWERK-104", "Member {member!r} is not lost: it lives, or another member works already")
    MEMBER_NOT_READY = ("STELLWERK-105", "Member {member!r} does not wait, ready to take over")
    MEMBER_WORKS = ("STELLWERK-107", "Member {member!r} does not wait, so it is not paused or continued alone")
    NOT_ENDING = ("STELLWERK-106", "There is no end to be cancelled: {reason}")
    BAD_TIME = ("SCHEDULER-333", "{value!r} is no start time; {expected} was expected")
    BAD_NUMBER = ("Z-4001", "{attribute}={value!r} is no number")
    BAD_DURATION = ("STELLWERK-005", "{attribute}={value!r}: {expected} was expected")
    OUT_OF_RANGE = ("STELLWERK-006", "{attribute}={value!r} is not between {least} and {most}")
    BAD_BOOLEAN = ("Z-4002", "{attribute}={value!r}: yes or no was expected")
    # objects
    UNKNOWN_OBJECT = ("SCHEDULER-161", "There is no {kind} {path!r}")
    UNKNOWN_ORDER = ("SCHEDULER-162", "There is no order {order!r} in job chain {chain!r}")
    UNKNOWN_TASK = ("SCHEDULER-207", "There is no task {task}, neither running nor in the history")
    UNKNOWN_STATE = ("SCHEDULER-149", "Job chain {chain!r} has no node {state!r}")
    DUPLICATE_STATE = ("SCHEDULER-150", "Job chain {chain!r} has two nodes {state!r}")
    ORDER_IDS_CLASH = ("SCHEDULER-426", "Job chain {chain!r} would join chains that both have an order {order!r}")
    CHAIN_IN_USE = ("SCHEDULER-894", "Job chain {chain!r} cannot be removed, because {outer!r} holds it")
    DUPLICATE_ORDER = ("SCHEDULER-186", "Order {order!r} is already in job chain {chain!r}")
    NOT_AN_ORDER_JOB = ("SCHEDULER-147", "Job {job!r} is not order controlled")
    JOB_IN_ERROR = ("SCHEDULER-204", "Job {job!r} is in state error: {problem}")
    JOB_LEAVES = ("SCHEDULER-230", "Job {job!r} is about to be removed")
    NO_PERIOD = ("SCHEDULER-143", "Job {job!r} has no period in which the task could start")
    JOB_NOT_READY = ("SCHEDULER-396", "Job {job!r} is not ready to run: state {state}")
    CHAIN_NOT_READY = ("SCHEDULER-151", "Job chain {chain!r} is not ready: {reason}")
    CHAIN_NOT_ACTIVE = ("SCHEDULER-405", "Job chain {chain!r} is not active: {reason}")
    ORDER_IN_TASK = ("SCHEDULER-217", "Order {order!r} is being processed by task {task}")
    ORDER_AT_END = ("SCHEDULER-438", "Node {state!r} of job chain {chain!r} takes no orders")
    SKIP_CIRCLE = ("SCHEDULER-403", "Skipping node {state!r} of job chain {chain!r} would lead round in a circle")
    ONLY_NO = ("SCHEDULER-351", "setback={value!r}: only 'no' is possible")
    ID_TOO_LONG = ("SCHEDULER-344", "The order id has {length} characters, at most {limit} are possible")
    WRONG_STATE = ("SCHEDULER-153", "{kind} {name!r} is {state}, so {event} is not possible")
    STILL_IN_USE = ("STELLWERK-056", "The file of {kind} {path!r} is gone; it stays until what runs or stands in it is done")
    BAD_NAME = ("SCHEDULER-417", "{name!r} is no valid name")
    ABOVE_ROOT = ("SCHEDULER-461", "Path {path!r} leads above the root folder")
    # configuration
    NAME_DISAGREES = ("SCHEDULER-429", "The file is called {expected!r}, but its element says name={name!r}")
    ORDER_ID_DISAGREES = ("SCHEDULER-436", "The file says order {expected!r}, but its element says id={name!r}")
    CHAIN_DISAGREES = ("SCHEDULER-437", "The file says job chain {expected!r}, but its element says job_chain={name!r}")
    BAD_ORDER_FILE = ("SCHEDULER-435", "An order file is called JOB_CHAIN,ORDER_ID.order.xml; {name!r} is not")
    DUPLICATE_FILE = ("SCHEDULER-889", "{file!r} stands for the same object as {other!r} and is ignored")
    FAULTY_FILE = ("SCHEDULER-428", "{file}: {problem}")
    UNEXPECTED_ELEMENT = ("SCHEDULER-113", "Element <{element}> was not expected in <{parent}>; {expected} was expected")
    UNKNOWN_ATTRIBUTE = ("SCHEDULER-232", "Attribute {attribute!r} is unknown in <{element}>; it has {expected}")
    NO_SCRIPT = ("SCHEDULER-440", "Job {job!r} has no script")
    MIN_TASKS = ("SCHEDULER-322", "min_tasks={min_tasks} is more than tasks={tasks}")
    DUPLICATE_EXIT_CODE = ("SCHEDULER-326", "Exit code {exit_code!r} is listed twice")
    UNSUPPORTED = ("STELLWERK-010", "{feature} is not supported")
    REFUSED = ("STELLWERK-010", "{feature} is not supported: {instead}")
    TEMPORARY_ORDER_JOB = ("SCHEDULER-155", "Job {job!r} is order controlled, so it cannot be temporary")
    LOCK_TWICE = ("SCHEDULER-408", "Job {job!r} uses lock {lock!r} both exclusively and not exclusively")
    UNKNOWN_SIGNAL = ("SCHEDULER-337", "There is no signal {name!r} on this platform")
    COPY_PARAMS = ("SCHEDULER-329", "<copy_params> is possible only in <commands on_exit_code=…> of a job")
    SCRIPT_ENCODING = ("SCHEDULER-441", "encoding={value!r}: scripts on Unix have no encoding of their own")
    BAD_REGEX = ("STELLWERK-040", "regex={value!r}: {problem}")
    OVERLAPPING_RANGES = ("STELLWERK-041", "return_code={value!r}: {number} is listed twice")
    BAD_VALUE = ("STELLWERK-042", "{attribute}={value!r}: {expected} was expected")
    NO_JOB_BEFORE_SINK = ("SCHEDULER-342", "Job chain {chain!r} reads files, but node {state!r}, where they enter, has no job")
    NOT_RECOVERABLE = ("SCHEDULER-380", "Job chain {chain!r} is distributed, so its orders must be recoverable")
    NESTED_TOO_DEEP = ("SCHEDULER-412", "Job chain {nested!r} in {chain!r} holds job chains itself; only one level is possible")
    NESTED_DISTRIBUTED = ("SCHEDULER-413", "Job chain {nested!r} in {chain!r} is distributed, which nested job chains cannot be")
    NESTED_CIRCLE = ("SCHEDULER-414", "Job chain {chain!r} contains itself through {nested!r}")
    UNKNOWN_KEY = ("STELLWERK-043", "There is no key {key!r} in section [{section}]; it is ignored")
    JAVA_IN_BASE = ("SCHEDULER-475", "Attribute {attribute!r} is not possible in a base configuration")
    NO_CONFIGURATION = ("SCHEDULER-479", "No <config> element is meant for scheduler id {id!r}")
    INCLUDE_FAILED = ("SCHEDULER-300", "The included file {file!r} cannot be read: {problem}")
    # run times
    PERIOD_BOUNDS = ("SCHEDULER-104", "A period from {begin} to {end} is not possible: its end is not before its begin, and 24:00 at the latest")
    BAD_DAY = ("SCHEDULER-221", "{attribute}={value!r}: {expected} was expected")
    HOLIDAYS_NESTED = ("SCHEDULER-390", "Files with holidays include each other more than {limit} deep: {file!r}")
    ZERO_REPEAT = ("SCHEDULER-441", "{attribute}={value!r}: more than 0 was expected")
    DUPLICATE_MONTH = ("SCHEDULER-443", "There are two <month> for month {month}")
    DUPLICATE_WEEKDAY = ("SCHEDULER-446", "There are two <weekday> for weekday {weekday} with which={which}")
    SUBSTITUTE_OF_SUBSTITUTE = ("SCHEDULER-463", "Schedule {schedule!r} cannot be the substitute of {target!r}, which is a substitute itself")
    SUBSTITUTE_TIMES = ("SCHEDULER-464", "Schedule {schedule!r} is valid from {begin}, which is not before its end {end}")
    SUBSTITUTES_OVERLAP = ("SCHEDULER-465", "Schedule {schedule!r} is the substitute of {target!r} at a time when {other!r} is")
    SUBSTITUTE_USED = ("SCHEDULER-466", "Schedule {schedule!r} is the substitute of {target!r} and cannot be used by itself")
    SUBSTITUTES_ITSELF = ("SCHEDULER-486", "Schedule {schedule!r} cannot be its own substitute")
    BAD_DATE = ("Z-4003", "{attribute}={value!r}: {expected} was expected")
    UNKNOWN_ZONE = ("STELLWERK-011", "There is no time zone {zone!r}")
    BAD_ICAL = ("STELLWERK-012", "{file!r} is no calendar that can be used: {problem}")
    # tasks
    EXIT_CODE = ("SCHEDULER-280", "The process ended with exit code {exit_code}")
    SIGNALLED = ("SCHEDULER-279", "The process was ended by signal {signal}")
    TIMED_OUT = ("SCHEDULER-272", "The task ran longer than its timeout of {seconds} s and was killed")
    KILLED = ("SCHEDULER-728", "The task was killed by command")
    BAD_RETURN_VALUE = ("SCHEDULER-449", "Line {line} of the return values has no '=': {text!r}")
    NOT_STARTED = ("STELLWERK-020", "The process could not be started: {problem}")
    ENVIRONMENT_TOO_LARGE = ("STELLWERK-026", "The process could not be started: its largest variable {name} has {size} bytes, all have {total}; one parameter of a shell job takes 128 KB, all together 2 MB. A file can hold more")
    INTERRUPTED = ("STELLWERK-021", "The engine, or the member or starter that ran the task, ended while it was running")
    STDERR_OUTPUT = ("SCHEDULER-140", "The task wrote to its standard error: {line}")
    TOO_SHORT = ("SCHEDULER-711", "The task took {seconds} s, which is less than {limit} s")
    TOO_LONG = ("SCHEDULER-712", "The task has been running for more than {limit} s")
    EXIT_COMMAND = ("SCHEDULER-327", "Command <{command}>, for exit code {exit_code}, failed: {problem}")
    SCRIPT_ERROR = ("STELLWERK-023", "{text}")
    STEP_FALSE = ("STELLWERK-024", "The script returned false")
    SERVER_LOST = ("STELLWERK-025", "The task server ended with exit code {exit_code} before it was asked to")
    ERROR_LINE = ("SCHEDULER-140", "The task has logged an error: {line}")
    MONITOR_REFUSED = ("SCHEDULER-226", "A monitor did not let the task run")
    PERIOD_OVER = ("SCHEDULER-278", "The period is over, so the task ends")
    MAKES_ROOM = ("SCHEDULER-271", "The idle task ends, because another one waits for its process")
    NO_LOG = ("STELLWERK-022", "The task log {file} cannot be written: {problem}")
    # ports and folders
    CANNOT_LISTEN = ("STELLWERK-030", "Port {port} cannot be opened: {problem}")
    BAD_TLS = ("STELLWERK-035", "The port with TLS cannot be opened: {problem}")
    UNKNOWN_HOST = ("STELLWERK-031", "Host {host!r} of <allowed_host> cannot be found: {problem}")
    NO_FOLDER = ("STELLWERK-032", "Folder {folder} cannot be read: {problem}. Its objects stay as they are")
    NOT_WRITTEN = ("STELLWERK-034", "{file!r} cannot be written: {problem}. Nothing has been written")
    NOT_DELETED = ("STELLWERK-036", "{file!r} cannot be deleted: {problem}")
    CACHE_WINS = ("SCHEDULER-703", "{file!r} is ignored, because the supervisor has sent such a file, too")
    LINK_LEAVES = ("STELLWERK-033", "{file!r} is ignored, because it is a link that leads out of the folder")
    INTERNAL = ("STELLWERK-099", "The command broke down by a mistake of the program; the engine's log has the details")
    # directories
    DIRECTORY_UNREADABLE = ("STELLWERK-050", "Directory {directory!r} cannot be read: {problem}")
    DIRECTORY_READABLE = ("SCHEDULER-984", "Directory {directory!r} can be read again")
    WATCH_ENDED = ("SCHEDULER-300", "Directory {directory!r} is not watched any more: {problem}")
    FILE_IGNORED = ("SCHEDULER-345", "File {file!r} is ignored: {problem}")
    FILE_NAME = ("STELLWERK-051", "The name of {file!r} is no valid text")
    FILE_SEMICOLON = ("SCHEDULER-975", "File {file!r} is left out of the trigger files, because its path holds a semicolon")
    TRIGGER_FILES_CUT = ("STELLWERK-052", "The trigger files are too many for the environment: {count} of them are left out")
    FILE_REMAINS = ("SCHEDULER-340", "File {file!r} is still there, so its order stays on the blacklist until the file is gone")
    FILE_REMOVED = ("SCHEDULER-979", "File {file!r} is removed")
    FILE_MOVED = ("SCHEDULER-980", "File {file!r} is moved to {directory!r}")
    FILE_GONE = ("SCHEDULER-981", "File {file!r} is gone, its order is finished")
    FILE_LEFT_BLACKLIST = ("SCHEDULER-982", "File {file!r} is gone, its order leaves the blacklist")
    FILE_SINK = ("STELLWERK-055", "The file of the order is not disposed of: {problem}")
    FILE_NOT_REMOVED = ("STELLWERK-053", "File {file!r} cannot be removed: {problem}")
    FILE_NOT_MOVED = ("STELLWERK-054", "File {file!r} cannot be moved to {directory!r}: {problem}")
    # supervisor
    ONLY_OVER_TCP = ("SCHEDULER-222", "<{command}> is possible only over a plain TCP connection that stays open")
    NOT_REGISTERED = ("SCHEDULER-457", "<{command}> is possible only after <register_remote_scheduler> on the same connection")
    TWO_FOLDERS = ("SCHEDULER-454", "Folder {ignored!r} means the same host and port as {used!r} and is ignored")
    NO_CENTRAL_FOLDER = ("SCHEDULER-455", "There is no folder for {worker!r} in {directory}: it keeps the configuration that it has")
    NOT_FETCHED = ("SCHEDULER-474", "{worker!r} has not fetched its new configuration for {seconds} s")
    NO_SCHEDULER_ID = ("SCHEDULER-485", "A scheduler id is needed to be known to a supervisor over HTTP")
    CENTRALLY_DEFINED = ("SCHEDULER-460", "{file!r} comes from the supervisor, so the local file is ignored")
    UNKNOWN_WORKER = ("STELLWERK-060", "There is no workload scheduler {name!r}")
    NOT_THIS_WORKER = ("STELLWERK-061", "{name!r} is not let in: {reason}")
    ALREADY_CONNECTED = ("STELLWERK-062", "A workload scheduler {name!r} is connected already, from {peer}")
    NOT_AUTHENTICATED = ("STELLWERK-063", "<{command}> is possible only after authentication")
    WRONG_CHANNEL = ("STELLWERK-064", "<{command}> does not belong on the {channel} connection")
    UNSAFE_NAME = ("STELLWERK-065", "{name!r} cannot be a file of the cache: {reason}")
    BROKEN_TRANSFER = ("STELLWERK-066", "The answer of the supervisor is refused, and the configuration stays as it is: {problem}")
    UNKNOWN_CONFIGURATION = ("STELLWERK-067", "{worker!r} has no configuration version {version}")
    NOT_SUPERVISING = ("STELLWERK-068", "The engine does not distribute configurations: {reason}")
    NOT_VALID = ("STELLWERK-069", "{faults} files are not valid, the first one for {worker!r}: {problem}")
    NOT_RELEASED = ("STELLWERK-070", "{revision!r} is not released: {problem}")
    FAULTY_SETTING = ("STELLWERK-071", "{file}: [{section}] {problem}")
    NOT_CONNECTED = ("STELLWERK-072", "{worker!r} is not connected")
    NO_REMOTE_COMMANDS = ("STELLWERK-073", "{worker!r} takes no commands from its supervisor; supervisor.ini: commands = yes would allow it")
    WORKER_FROZEN = ("STELLWERK-074", "{worker!r} is frozen and gets nothing new until that is ended")
    NOT_FROZEN = ("STELLWERK-075", "{worker!r} is not frozen")
    NOT_IN_VERSION = ("STELLWERK-076", "Version {version} of {worker!r} has no file {file!r}")
    # events
    UNKNOWN_KIND = ("STELLWERK-080", "There are no events {kind!r}; {expected}, or one kind of them were expected")
    EVENTS_LOST = ("STELLWERK-081", "Events after {after} are not there any more, or never were: {known}. Look at the state anew, and go on from there")
    BAD_EVENT = ("STELLWERK-082", "The event is no JSON text: {problem}")
    # plan
    NOT_PLANNED = ("STELLWERK-090", "{object} does not start at {at} by its run time: {next}")
    START_PASSED = ("STELLWERK-091", "The start at {at} has passed, so it cannot be changed")
    UNKNOWN_OVERRIDE = ("STELLWERK-092", "There is no change {number} of the plan that still counts")
    WRONG_FOR_PLAN = ("STELLWERK-093", "action={action!r}: {problem}")
    # store
    DATABASE_WAITS = ("SCHEDULER-184", "The database is not reachable: {problem}")
    NO_HISTORY = ("SCHEDULER-136", "The history cannot be read: {problem}")

    @property
    def code(self) -> str:
        "The stable code, such as `SCHEDULER-161`."
        return self.value[0]

    @property
    def template(self) -> str:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Place:
    "A place in a document: 1-based line and column; `source` is a file name or empty."

    line: int
    column: int
    source: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}"
        return f"{self.source}, {where}" if self.source else where


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is kept beside an object and stored: code, text (without the code), place."""

    code: str
    text: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        "With the place, unless the text ends with it already."
        place = f" (line {self.line}, column {self.column})" if self.line else ""
        return f"{self.code}  {self.text.removesuffix(place)}{place}"


#: characters of a value that a message repeats
_SHOWN_MAX = 4000


def _short(value: object) -> object:
    return value[:_SHOWN_MAX] + "…" if isinstance(value, str) and len(value) > _SHOWN_MAX else value


class WorkloadError(Exception):
    """A refusal. `code` is what tests and clients look at; `str()` is code, two blanks, text."""

    def __init__(self, code: Code, place: Place | None = None, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.place = place
        self.values = values

    @property
    def text(self) -> str:
        "The sentence without the code, with the place when it is known."
        return f"{self._sentence} ({self.place})" if self.place else self._sentence

    @property
    def _sentence(self) -> str:
        "What somebody sent may be long; repeated at length it helps nobody."
        return self.code.template.format(**{name: _short(value) for name, value in self.values.items()})

    @property
    def problem(self) -> Problem:
        "The refusal as data that can be kept and stored."
        place = self.place
        return Problem(self.code.code, self._sentence, place.line if place else None, place.column if place else None)

    def __str__(self) -> str:
        return f"{self.code.code}  {self.text}"

    def at(self, place: Place) -> WorkloadError:
        "The same refusal with a place, unless it has one already."
        if self.place is None:
            self.place = place
        return self
