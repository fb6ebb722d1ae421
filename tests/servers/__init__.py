"""Real servers for the tests, started and stopped here."""
