#!/bin/bash
# Once a day removes what runs left in Airflow KEEP_DAYS ago or before: rows of its database, and logs of tasks.
set -euo pipefail

logs=$AIRFLOW_HOME/logs
while true; do
  airflow db clean --yes --skip-archive --clean-before-timestamp "$(date --utc --date "$KEEP_DAYS days ago" +%FT%TZ)"
  find "$logs" -type f -mtime "+$KEEP_DAYS" -delete
  # A folder that is empty and new waits for its first log.
  find "$logs" -mindepth 1 -type d -empty -mtime +1 -delete
  touch /tmp/cleaned
  sleep 86400
done
