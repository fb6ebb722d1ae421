"""The room that hears: networks, sources, authors, mentions, intake and their health."""
