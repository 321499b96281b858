"""The database: engine, tables, migrations, backup, and the journal that does all writing."""
