#!/bin/bash
# Makes Elasticsearch's own authority and certificate, once; they stay in the volume `certificates`.
set -euo pipefail

folder=/usr/share/elasticsearch/config/certificates
if [[ ! -f $folder/elasticsearch/elasticsearch.key ]]; then
  rm -rf "$folder"/*
  bin/elasticsearch-certutil ca --silent --pem --out "$folder/ca.zip"
  unzip -q "$folder/ca.zip" -d "$folder"
  bin/elasticsearch-certutil cert --silent --pem --out "$folder/elasticsearch.zip" --name elasticsearch \
    --dns elasticsearch --dns localhost --ip 127.0.0.1 \
    --ca-cert "$folder/ca/ca.crt" --ca-key "$folder/ca/ca.key"
  unzip -q "$folder/elasticsearch.zip" -d "$folder"
  rm "$folder/ca.zip" "$folder/elasticsearch.zip"
fi
chown -R 1000:0 "$folder"
find "$folder" -type d -exec chmod 755 {} +
find "$folder" -type f -name '*.crt' -exec chmod 644 {} +
find "$folder" -type f -name '*.key' -exec chmod 600 {} +
