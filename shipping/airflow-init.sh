#!/bin/bash
# Makes or upgrades Airflow's tables, its pools, and its administrator `ops`; may run any number of times.
set -euo pipefail

airflow db migrate
kulanz pools > /tmp/pools.json
airflow pools import /tmp/pools.json
airflow users create --role Admin --username ops --firstname Ops --lastname Kulanz --email ops@localhost \
  --password "$AIRFLOW_PASSWORD"
