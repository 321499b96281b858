"""Programs for people who run or build the gateway. Nothing here is imported by the gateway itself."""
