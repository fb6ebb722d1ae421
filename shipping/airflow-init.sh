#!/bin/bash
# Makes or upgrades Airflow's tables, and its administrator `ops`; may run any number of times.
set -euo pipefail

airflow db migrate
airflow users create --role Admin --username ops --firstname Ops --lastname Kulanz --email ops@localhost \
  --password "$AIRFLOW_PASSWORD"
