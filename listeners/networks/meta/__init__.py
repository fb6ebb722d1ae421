"""What Facebook, Instagram and Threads share: Meta's Graph API over httpx."""
