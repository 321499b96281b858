"""The residency guard: whether a call may go to a deployment, by its tags and addresses, and on what evidence."""
