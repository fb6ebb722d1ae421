"""The copy in Elasticsearch: what it holds, how it gets there, how it is rebuilt and when it goes."""
