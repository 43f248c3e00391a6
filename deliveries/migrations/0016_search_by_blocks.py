from django.db import migrations

# With the blocks in which a row's key lies, of 4,096 and of 131,072 keys: so the index
# can be asked for one stretch of keys alone. The terms come first, since what does not
# hold them need not be looked up in the blocks. See ``deliveries/newest.py``.
TABLES = ("deliveries_message", "deliveries_address")
BLOCKS = "(ARRAY[id >> 12, -1 - (id >> 17)])"


def rebuilt(table: str) -> migrations.RunSQL:
    name = f"{table}_search"
    return migrations.RunSQL(
        [
            f"DROP INDEX {name}",
            f"CREATE INDEX {name} ON {table} USING gin (search, {BLOCKS})",
        ],
        [f"DROP INDEX {name}", f"CREATE INDEX {name} ON {table} USING gin (search)"],
    )


class Migration(migrations.Migration):
    """Build the indexes of the search anew; no row is written meanwhile."""

    dependencies = [("deliveries", "0015_fewer_indexes_of_tries")]

    operations = [rebuilt(table) for table in TABLES]
