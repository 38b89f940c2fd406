"""`meta.answer_field`: the history of the fields in each source's responses, to detect changes of their format."""

from collections.abc import Mapping
from datetime import date

import duckdb

from warehouse.database.derive import check
from warehouse.tables.events import ANSWER_FIELD


def record_fields(connection: duckdb.DuckDBPyConnection, source: str, shape: Mapping[str, set[str]], day: date) -> None:
    """Add the fields of a source's responses, with their types, to the history, once for each day.

    Raises:
        CheckError: a row violates a check.
    """
    if not shape:
        return
    # A field that was always null has no type yet: its first type is no change. A field can have several types.
    connection.execute(
        """
        merge into meta.answer_field as known
        using (
            select
                $source as source, field, seen.types is not null as is_there,
                list_distinct(
                    list_concat(string_split(coalesce(before.types, ''), ', '), string_split(coalesce(seen.types, ''), ', '))
                ) as had,
                array_to_string(list_sort(list_filter(had, lambda one: one <> '')), ', ') as every
            from (select unnest($fields) as field, unnest($types) as types) as seen
            full join (select field, types from meta.answer_field where source = $source) as before using (field)
        ) as now
        on known.source = now.source and known.field = now.field
        when matched and known.last_looked_on < $day then update set
            types_before = if(now.is_there and known.types not in ('', now.every), known.types, known.types_before),
            retyped_on = if(now.is_there and known.types not in ('', now.every), $day, known.retyped_on),
            types = if(now.is_there, now.every, known.types),
            times_seen = known.times_seen + now.is_there::integer,
            times_missed = known.times_missed + (not now.is_there)::integer,
            last_seen_on = if(now.is_there, $day, known.last_seen_on),
            last_looked_on = $day
        when not matched then
            insert (source, field, types, first_seen_on, last_seen_on, last_looked_on, times_seen, times_missed)
            values (now.source, now.field, now.every, $day, $day, $day, 1, 0)
        """,
        {
            "source": source,
            "day": day,
            "fields": list(shape),
            "types": [", ".join(sorted(types)) for types in shape.values()],
        },
    )
    check(connection, ANSWER_FIELD)
