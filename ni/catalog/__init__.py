"""The catalog: deployments, routes, prices and capabilities; from file, in the database, in memory, as JSON."""
