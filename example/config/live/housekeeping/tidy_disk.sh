#!/bin/sh
# Removes archives and quarantined files older than keep_days, then reports what the data needs and what is free.
# Fails when less than least_free_mb is free.
set -eu

data=${SCHEDULER_PARAM_DATA_DIR:-$SCHEDULER_CONFIGURATION_DIRECTORY/../../../var/example}
keep_days=$SCHEDULER_PARAM_KEEP_DAYS
least_free_mb=$SCHEDULER_PARAM_LEAST_FREE_MB

[ -d "$data" ] || { echo "There is no directory $data"; exit 1; }

old=0
for place in archive quarantine; do
    [ -d "$data/$place" ] || continue
    found=$(find "$data/$place" -type f -mtime "+$keep_days" -print)
    [ -n "$found" ] || continue
    echo "$found" | sed 's/^/removing /' >&2
    find "$data/$place" -type f -mtime "+$keep_days" -exec rm -f {} +
    old=$((old + $(echo "$found" | wc -l)))
done

used_kb=$(du -sk "$data" | cut -f1)
free_kb=$(df -Pk "$data" | awk 'NR == 2 { print $4 }')
free_mb=$((free_kb / 1024))

echo "${used_kb} KB used, ${free_mb} MB free, ${old} old files removed"
du -sk "$data"/* | sed 's/^/    /'
{
    echo "used_kb=$used_kb"
    echo "free_mb=$free_mb"
    echo "removed=$old"
} >> "$SCHEDULER_RETURN_VALUES"

if [ "$free_mb" -lt "$least_free_mb" ]; then
    echo "Less than ${least_free_mb} MB are free"
    exit 1
fi
