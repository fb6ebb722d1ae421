#!/bin/bash
# Makes or upgrades Airflow's tables, its pools, and its administrator `ops`; may run any number of times.
set -euo pipefail

airflow db migrate
kulanz pools > /tmp/pools.json
airflow pools import /tmp/pools.json
# Anybody on the machine sees arguments, so Airflow asks for the password, twice; without a terminal by standard input.
printf '%s\n' "$AIRFLOW_PASSWORD" "$AIRFLOW_PASSWORD" | setsid --wait airflow users create \
  --role Admin --username ops --firstname Ops --lastname Kulanz --email ops@localhost
