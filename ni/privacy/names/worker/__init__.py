"""The worker process that finds names, beside the process that serves."""
