"""The words of the project as frozen values; it imports nothing of ours."""
