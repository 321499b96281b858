"""Model names and what they stand for to a key, and the replies that the gateway writes into a conversation itself."""
