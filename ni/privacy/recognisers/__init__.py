"""The patterned kinds of personal data: one file each, with its validator and its surrogate."""
