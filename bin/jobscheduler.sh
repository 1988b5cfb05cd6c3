#!/bin/sh
# Starts, stops and asks one member. What it is called and where it is stands in
# jobscheduler_environment_variables.sh beside this file, or in the file that SCHEDULER_ENVIRONMENT names.

set -u

usage() {
    cat <<'TEXT'
usage: jobscheduler.sh start [OPTION …]      start in the background, with SCHEDULER_CLUSTER_OPTIONS
       jobscheduler.sh start_exclusive [OPTION …]  the same with -exclusive instead of these
       jobscheduler.sh run [OPTION …]        as start, in the foreground (for service managers)
       jobscheduler.sh stop                  end in order; no backup goes on
       jobscheduler.sh restart               end in order and start again
       jobscheduler.sh terminate_fail-safe   end in order; another member goes on
       jobscheduler.sh terminate_cluster     all members end in order
       jobscheduler.sh restart_cluster       all members end in order and start again
       jobscheduler.sh abort                 end at once, with all tasks
       jobscheduler.sh kill                  kill the process; tasks live on until they are found
       jobscheduler.sh status                whether it runs, and how (exit status 0: it works, 3: it waits, 1: neither)
       jobscheduler.sh command XML           send a command and print the answer
TEXT
    exit 2
}

. "${SCHEDULER_ENVIRONMENT:-$(dirname "$0")/jobscheduler_environment_variables.sh}"
[ -x "$SCHEDULER_PYTHON" ] || SCHEDULER_PYTHON=python3
for path in "$SCHEDULER_HOME" "$SCHEDULER_DATA" "$SCHEDULER_CONFIG"; do
    case "$path" in
        /*) ;;  # the member works in SCHEDULER_DATA, where any other path would mean something else
        *) echo "SCHEDULER_HOME, SCHEDULER_DATA and SCHEDULER_CONFIG begin with a slash; one of them is $path" >&2; exit 2 ;;
    esac
done
PID_FILE="$SCHEDULER_DATA/var/$SCHEDULER_ID.$SCHEDULER_PORT.pid"
OUT_FILE="$SCHEDULER_DATA/var/$SCHEDULER_ID.$SCHEDULER_PORT.out"
export DATABASE_URL
PYTHONPATH="$SCHEDULER_HOME${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONPATH

pid() {  # of the running member; fails without one
    [ -s "$PID_FILE" ] || return 1
    found=$(cat "$PID_FILE")
    kill -0 "$found" 2>/dev/null && tr '\0' ' ' < "/proc/$found/cmdline" | grep -q "netcore engine" && echo "$found"
}

send() {
    "$SCHEDULER_PYTHON" -m netcore engine "-port=$SCHEDULER_PORT" "-send-cmd=$1"
}

told() {  # send a command whose answer says nothing but that it was understood
    if answer=$(send "$1"); then
        return 0
    fi
    echo "$answer" >&2
    return 1
}

wait_for_end() {  # of a process; with a number that many fifths of a second at most
    tries=${2:--1}
    while kill -0 "$1" 2>/dev/null && [ -e "/proc/$1/exe" ]; do
        [ "$tries" -ne 0 ] || return 1
        tries=$((tries - 1))
        sleep 0.2
    done
}

wait_unless_taken_back() {  # for the end of a member that was told to end
    was=$(status_word)
    while ! wait_for_end "$1" 25; do
        [ "$was" = stopping ] || continue
        case "$(status_word)" in
            running | paused) echo "$SCHEDULER_ID goes on: its end was taken back" >&2; return 1 ;;
        esac
    done
}

engine() {  # replaces this shell; the arguments are options
    mkdir -p "$SCHEDULER_DATA/var"
    cd "$SCHEDULER_DATA" || exit 1
    exec "$SCHEDULER_PYTHON" -m netcore engine "-id=$SCHEDULER_ID" "-config=$SCHEDULER_CONFIG" \
        "-port=$SCHEDULER_PORT" "-pid-file=$PID_FILE" "$@"
}

start() {
    if running=$(pid); then
        echo "$SCHEDULER_ID runs already on port $SCHEDULER_PORT (process $running)"
        return 0
    fi
    mkdir -p "$SCHEDULER_DATA/var"
    touch "$OUT_FILE"
    before=$(wc -c < "$OUT_FILE")
    ( engine "$@" ) >> "$OUT_FILE" 2>&1 < /dev/null &
    started=$!
    echo "$started" > "$PID_FILE"  # it is there from the beginning: whoever asks before it answers starts no second one
    tries=149
    while [ "$tries" -gt 0 ]; do
        # whoever asks takes time from the one that starts, so that is for those who say nothing: they wait for their database
        if has_begun "$before" || { [ $((tries % 10)) -eq 0 ] && status_word > /dev/null; }; then
            echo "$SCHEDULER_ID has started on port $SCHEDULER_PORT"
            return 0
        fi
        if ! kill -0 "$started" 2>/dev/null; then
            echo "$SCHEDULER_ID could not be started:" >&2
            tail -n 5 "$OUT_FILE" >&2
            return 1
        fi
        tries=$((tries - 1))
        sleep 0.2
    done
    echo "$SCHEDULER_ID has been started, but does not answer yet"
}

has_begun() {  # whether it has said so since its output had this length
    tail -c "+$(($1 + 1))" "$OUT_FILE" | grep -q -e '"event": "ready"' -e '"event": "waiting"'
}

status_word() {
    pid > /dev/null || return 1
    send '<show_state what="none"/>' 2>/dev/null | state_of
}

state_of() {  # the answer on standard input
    sed -n 's/.*<state [^>]* state="\([a-z_]*\)".*/\1/p' | grep .
}

terminate() {  # the attributes of <terminate>
    ended=$(pid) || { echo "$SCHEDULER_ID does not run on port $SCHEDULER_PORT"; return 0; }
    limit=""
    [ -z "$SCHEDULER_STOP_TIMEOUT" ] || limit=" timeout=\"$SCHEDULER_STOP_TIMEOUT\""
    told "<terminate$1$limit/>" || return 1
    case "$1" in
        *restart*) echo "$SCHEDULER_ID starts again when its tasks have ended" ;;
        *) wait_unless_taken_back "$ended" && echo "$SCHEDULER_ID has ended" ;;
    esac
}

[ $# -ge 1 ] || usage
action=$1
shift
case "$action" in
    # the options are words
    # shellcheck disable=SC2086
    start) start $SCHEDULER_CLUSTER_OPTIONS "$@" ;;
    # shellcheck disable=SC2086
    run) engine $SCHEDULER_CLUSTER_OPTIONS "$@" ;;
    start_exclusive) start -exclusive "$@" ;;
    stop | terminate) terminate "" ;;
    restart) if pid > /dev/null; then terminate ' restart="yes"'; else start $SCHEDULER_CLUSTER_OPTIONS "$@"; fi ;;
    terminate_fail-safe) terminate ' continue_exclusive_operation="yes"' ;;
    terminate_cluster) terminate ' all_schedulers="yes"' ;;
    restart_cluster) terminate ' all_schedulers="yes" restart="yes"' ;;
    abort)
        ended=$(pid) || { echo "$SCHEDULER_ID does not run on port $SCHEDULER_PORT"; exit 0; }
        answer=$(send '<modify_spooler cmd="abort_immediately"/>' 2>&1)  # who ends at once answers nothing
        case "$answer" in *"<ERROR"*) echo "$answer" >&2; exit 1 ;; esac
        wait_for_end "$ended" 50 || { echo "$SCHEDULER_ID runs still (process $ended): $answer" >&2; exit 1; }
        ;;
    kill)
        ended=$(pid) || { echo "$SCHEDULER_ID does not run on port $SCHEDULER_PORT"; exit 0; }
        kill -9 "$ended"
        wait_for_end "$ended"
        rm -f "$PID_FILE"
        ;;
    status)
        running=$(pid) || { echo "$SCHEDULER_ID does not run on port $SCHEDULER_PORT"; exit 1; }
        answer=$(send '<show_state what="none"/>' 2>/dev/null)
        word=$(echo "$answer" | state_of) || word="does not answer"
        case "$answer" in *' db_waiting="yes"'*) note=", its database is not reachable" ;; *) note="" ;; esac
        echo "$SCHEDULER_ID on port $SCHEDULER_PORT (process $running): $word$note"
        [ "$word" != "does not answer" ] || exit 1
        case "$word" in waiting_for_activation*) exit 3 ;; esac
        ;;
    command) [ $# -eq 1 ] || usage; send "$1" ;;
    *) usage ;;
esac
