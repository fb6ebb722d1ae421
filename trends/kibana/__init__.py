"""What marketing, leads and ops see in Kibana: dashboards as a list of data, and how they get there."""
