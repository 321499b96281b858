"""One file per group of tables; all share one MetaData."""
