# What jobscheduler.sh needs to know about this member; read by it with `.`.
# Members of a cluster share SCHEDULER_ID, DATABASE_URL and the configuration. On one machine each has its own port and
# its own SCHEDULER_DATA.

# name of the scheduler, and of the cluster
SCHEDULER_ID="${SCHEDULER_ID:-scheduler}"

# command port, TCP and UDP
SCHEDULER_PORT="${SCHEDULER_PORT:-4444}"

# where the program is: the directory above this one
SCHEDULER_HOME="${SCHEDULER_HOME:-$(cd "$(dirname "$0")/.." && pwd)}"

# working directory of the member: its logs and its files (var/) are there
SCHEDULER_DATA="${SCHEDULER_DATA:-$SCHEDULER_HOME}"

# the configuration: a directory with scheduler.xml and live/
SCHEDULER_CONFIG="${SCHEDULER_CONFIG:-$SCHEDULER_DATA/config}"

# the database: sqlite:///FILE on one machine, postgresql://… for several
DATABASE_URL="${DATABASE_URL:-sqlite:///$SCHEDULER_DATA/var/stellwerk.db}"

# how this member takes part in a cluster:
#   (empty)                                     it stands alone
#   -exclusive                                  primary of a cluster of which one member works
#   -exclusive -backup -backup-precedence=1     backup; the smallest number goes on first
#   -distributed-orders                         member of a cluster of which all members work
SCHEDULER_CLUSTER_OPTIONS="${SCHEDULER_CLUSTER_OPTIONS:-}"

# seconds that `stop` waits for tasks to end before they are killed; empty: however long it takes
SCHEDULER_STOP_TIMEOUT="${SCHEDULER_STOP_TIMEOUT:-}"

# the Python with the program installed
SCHEDULER_PYTHON="${SCHEDULER_PYTHON:-$SCHEDULER_HOME/.venv/bin/python}"
