"""Reserves what a call may cost, settles what it did cost, and answers queries about usage and spending."""
