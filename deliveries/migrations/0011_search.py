from django.db import migrations

# Turns a text into the terms by which it is found: words and ids in lower case, whole
# and in their parts, and of scripts without spaces every pair of neighbours. The last
# letter of a run stands alone too, so that one letter is found by what it begins.
#
# In PL/pgSQL, whose plans last as long as a session: a report is written row by row.
# Everything in it is immutable, so it may fill stored columns. Change it only by a
# function of a new name: stored terms are not made anew.
FUNCTION = r"""
CREATE FUNCTION search_terms(body text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    said text := body;
    latin text;
    terms text[];
    ascii_alone boolean;
BEGIN
    IF said = '' THEN
        RETURN ''::tsvector;
    END IF;
    IF length(said) > 65536 THEN
        said := left(said, 32768) || ' ' || right(said, 32768);
    END IF;
    ascii_alone := octet_length(said) = length(said);
    said := lower(CASE WHEN ascii_alone THEN said ELSE normalize(said, NFKC) END);
    latin := btrim(regexp_replace(said,
        '[._@-]*[^a-z0-9._@\u00c0-\u024f\u0370-\u1fff-]+[._@-]*', ' ', 'g'), ' ._@-');
    IF latin ~ '[^ ]{65}' THEN
        latin := regexp_replace(latin, '[^ ]{65,}', ' ', 'g');
    END IF;
    terms := array_remove(string_to_array(latin, ' ')
        || string_to_array(translate(latin, '.-_@', '    '), ' '), '');
    IF NOT ascii_alone THEN
        terms := terms || ARRAY(
            SELECT CASE WHEN ascii(next) BETWEEN 12352 AND 40959
                OR ascii(next) BETWEEN 44032 AND 55203
                OR ascii(next) BETWEEN 63744 AND 64255
                OR ascii(next) BETWEEN 131072 AND 262143
                THEN letter || next ELSE letter END
            FROM (
                SELECT letter, lead(letter) OVER (ORDER BY place) AS next
                FROM unnest(string_to_array(said, NULL)) WITH ORDINALITY
                    AS written(letter, place)
            ) AS pair
            WHERE ascii(letter) BETWEEN 12352 AND 40959
                OR ascii(letter) BETWEEN 44032 AND 55203
                OR ascii(letter) BETWEEN 63744 AND 64255
                OR ascii(letter) BETWEEN 131072 AND 262143);
    END IF;
    RETURN array_to_tsvector(terms);
END
$$;
"""

# Which text of a row is found. The columns are in no model: no query that fetches
# rows has to carry them. ``deliveries/models/terms.py`` asks for them.
COLUMNS = {
    "deliveries_message": "external_id || ' ' || public_id",
    "deliveries_address": "masked",
}


def add(table: str, text: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        [
            f"ALTER TABLE {table} ADD COLUMN search tsvector"
            f" GENERATED ALWAYS AS (search_terms({text})) STORED",
            f"CREATE INDEX {table}_search ON {table} USING gin (search)",
        ],
        [f"ALTER TABLE {table} DROP COLUMN search"],
    )


class Migration(migrations.Migration):
    """Give texts the terms by which they are found; rewrites each table once."""

    dependencies = [("deliveries", "0010_scopes_of_messages")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION search_terms(text)"),
        *(add(table, text) for table, text in COLUMNS.items()),
    ]
