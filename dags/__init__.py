"""What Airflow runs: each file one DAG, each task one call into a room."""
