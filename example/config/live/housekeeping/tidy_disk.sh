#!/bin/sh
# Removes archives and quarantined files older than keep_days, then reports what the data needs and what is free.
# Fails when less than least_free_mb is free.
set -eu

data=${SCHEDULER_PARAM_DATA_DIR:-$SCHEDULER_CONFIGURATION_DIRECTORY/../../../var/example}
keep_days=$SCHEDULER_PARAM_KEEP_DAYS
least_free_mb=$SCHEDULER_PARAM_LEAST_FREE_MB

[ -d "$data" ] || { echo "There is no directory $data"; exit 1; }

set --
for place in "$data/archive" "$data/quarantine"; do
    [ ! -d "$place" ] || set -- "$@" "$place"
done
old=
[ $# -eq 0 ] || old=$(find "$@" -type f -mtime "+$keep_days" -exec rm -f {} \; -exec echo "    removed {}" \;)
removed=$(printf '%s\n' "$old" | grep -c . || true)

used_kb=$(du -sk "$data" | cut -f1)
free_kb=$(df -Pk "$data" | awk 'NR == 2 { print $4 }')
free_mb=$((free_kb / 1024))

# the first line is also shown beside the job
echo "${used_kb} KB used, ${free_mb} MB free, ${removed} old files removed"
[ -z "$old" ] || printf '%s\n' "$old"
du -k "$data" | sed 's/^/    /'
{
    echo "used_kb=$used_kb"
    echo "free_mb=$free_mb"
    echo "removed=$removed"
} >> "$SCHEDULER_RETURN_VALUES"

if [ "$free_mb" -lt "$least_free_mb" ]; then
    echo "Less than ${least_free_mb} MB are free"
    exit 1
fi
