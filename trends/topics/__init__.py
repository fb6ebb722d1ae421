"""What a brand's posts are about: vectors, topics with names, what rises and what hurts."""
