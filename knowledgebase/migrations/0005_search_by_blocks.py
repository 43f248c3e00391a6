from django.db import migrations

# See the migration of the same name in deliveries.
NAME = "knowledgebase_articleversion_search"
INDEX = f"CREATE INDEX {NAME} ON knowledgebase_articleversion USING gin"


class Migration(migrations.Migration):
    """Build the index of the search anew."""

    dependencies = [
        ("deliveries", "0016_search_by_blocks"),
        ("knowledgebase", "0004_effects"),
    ]

    operations = [
        migrations.RunSQL(
            [
                f"DROP INDEX {NAME}",
                f"{INDEX} (search, (ARRAY[id >> 12, -1 - (id >> 17)]))",
            ],
            [f"DROP INDEX {NAME}", f"{INDEX} (search)"],
        )
    ]
