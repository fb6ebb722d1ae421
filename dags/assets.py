"""What stages leave for each other; a DAG starts when the one before it has left something."""

from __future__ import annotations

from airflow.sdk import Asset

POSTS = Asset("kulanz://posts")
"""New or changed mentions were stored."""
ASSESSMENTS = Asset("kulanz://assessments")
"""The model has judged mentions."""
CASES = Asset("kulanz://cases")
"""Mentions were put into cases, or put aside."""
FACTS = Asset("kulanz://facts")
"""The facts behind the charts were written."""
TOPICS = Asset("kulanz://topics")
"""Facts were placed among topics."""
