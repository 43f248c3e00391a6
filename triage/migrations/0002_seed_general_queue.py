"""Make the queue that takes what no rule routes elsewhere."""

from django.db import migrations


def seed(apps, schema_editor):
    apps.get_model("triage", "Queue").objects.create(
        slug="general", name="General", name_zh_hans="综合"
    )


class Migration(migrations.Migration):
    dependencies = [("triage", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
