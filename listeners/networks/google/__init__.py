"""What the networks of Google have in common: log-in, faults, and the way of its client library."""
