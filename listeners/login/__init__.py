"""How a source's account is logged in: what Kulanz holds for it, renews, and gets by a person's consent."""
