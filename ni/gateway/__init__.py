"""The pipeline of a model call: its phases, and the two journal units that account for it."""
