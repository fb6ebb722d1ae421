#!/bin/bash
# Puts the dashboards of trends/kibana into Kibana; what stands there under the same ids is replaced.
set -euo pipefail

for file in /dashboards/*.ndjson; do
  answer=$(curl --silent --show-error --fail-with-body --config - --header 'kbn-xsrf: kulanz' \
    --form "file=@$file" "$KIBANA_URL/api/saved_objects/_import?overwrite=true" <<EOF
user = "kulanz:$ELASTIC_PASSWORD_KULANZ"
EOF
  )
  echo "${file##*/}: $answer"
  # Kibana answers 200 also where single objects failed.
  [[ $answer == *'"success":true'* ]]
done
