from django.db import migrations


class Migration(migrations.Migration):
    """Give the texts of articles the terms by which they are found."""

    dependencies = [
        ("deliveries", "0011_search"),
        ("knowledgebase", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE knowledgebase_articleversion ADD COLUMN search tsvector"
                " GENERATED ALWAYS AS (search_terms(title || ' ' || body)) STORED",
                "CREATE INDEX knowledgebase_articleversion_search"
                " ON knowledgebase_articleversion USING gin (search)",
            ],
            ["ALTER TABLE knowledgebase_articleversion DROP COLUMN search"],
        ),
    ]
