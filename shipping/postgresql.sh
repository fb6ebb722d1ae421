#!/bin/sh
# PostgreSQL's image runs this once, on an empty data folder: one database and one log-in for each of both.
set -eu

for name in kulanz airflow; do
  case $name in
    kulanz) password=$POSTGRES_PASSWORD_KULANZ ;;
    airflow) password=$POSTGRES_PASSWORD_AIRFLOW ;;
  esac
  psql --no-psqlrc --set ON_ERROR_STOP=1 --set name="$name" --set password="$password" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
