"""Seed the vocabulary of causes from ``deliveries/taxonomy.json``."""

from dataclasses import asdict

from django.db import migrations

from deliveries import taxonomy


def seed(apps, schema_editor):
    model = apps.get_model("deliveries", "FailureCategory")
    model.objects.bulk_create(
        model(**asdict(category)) for category in taxonomy.load().categories
    )


class Migration(migrations.Migration):
    dependencies = [("deliveries", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
