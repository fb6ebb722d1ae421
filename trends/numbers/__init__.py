"""The numbers behind the trends pages, from Elasticsearch where it stands ready, else from the database."""
