#!/bin/bash
# Gives Kibana its password and Kulanz a role and a log-in, in Elasticsearch; may run any number of times.
set -euo pipefail

# What is secret goes by standard input, since anybody on the machine sees arguments.
ask() {
  curl --silent --show-error --fail-with-body --cacert "$CA" --config - --request "$1" "$ELASTIC_URL$2" \
    --header 'Content-Type: application/json' <<EOF
user = "elastic:$ELASTIC_PASSWORD"
data = "${3//\"/\\\"}"
EOF
  echo " $1 $2"
}

ask POST /_security/user/kibana_system/_password "{\"password\": \"$KIBANA_PASSWORD\"}"
ask PUT /_security/role/kulanz '{"cluster": ["monitor", "manage_index_templates"], "indices": [{"names": ["kulanz-*"], "privileges": ["all"]}]}'
ask PUT /_security/user/kulanz "{\"password\": \"$ELASTIC_PASSWORD_KULANZ\", \"roles\": [\"kulanz\", \"kibana_admin\"]}"
