"""The pages for people: one file per page."""
