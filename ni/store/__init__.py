"""The database and nothing else: engine, tables, migrations, and the journal that writes."""
