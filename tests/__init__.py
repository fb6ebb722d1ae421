"""What Kulanz promises, tried."""
