"""Who looks after a conversation, what is to be done in it, and what happens when nobody does it."""
