"""Where a call may go: the guard and the evidence behind it."""
