"""The room that counts: facts about mentions, the search index and the numbers behind charts."""
