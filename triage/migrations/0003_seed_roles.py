"""Make the roles that are held outside queues: editor and auditor."""

from django.db import migrations


def seed(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    for name in ("editor", "auditor"):
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("triage", "0002_seed_general_queue"),
    ]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
