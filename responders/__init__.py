"""The room that makes things right: cases, claims, goodwill, the outbox and the console."""
