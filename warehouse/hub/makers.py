"""Makers: the models of each in a week, and what others built on them.

Only the newest week can be counted, because the closure has only the current lineage.
"""

from datetime import date

import duckdb

from warehouse.database.derive import check
from warehouse.hub.families import RELATION_ORDER, OldWeekError, is_stated, newest_week
from warehouse.tables.makers import MAKER_READING, MAKER_WEEK, OTHER

# Lower ends of the sizes of core.maker_week, in billions of parameters.
_SIZE = """
    case
        when parameters_b < 1 then 'under 1B'
        when parameters_b < 7 then '1B to 7B'
        when parameters_b < 20 then '7B to 20B'
        when parameters_b < 70 then '20B to 70B'
        when parameters_b < 250 then '70B to 250B'
        when parameters_b is not null then '250B and above'
        else 'unknown'
    end
"""


def count_week(connection: duckdb.DuckDBPyConnection, week: date) -> dict[str, int]:
    """Count every maker in the newest week, replacing an earlier count of the same week.

    Return the downloads_30d of each maker, the largest first; a maker without a counter has 0. A week whose edges were not
    loaded is not counted: all new models would be missing from the makers of their bases.

    Raises:
        OldWeekError: there is a later week.
        CheckError: a declared check fails.
    """
    if week != newest_week(connection):
        raise OldWeekError(f"{week} is not the newest week of models; makers of an older week cannot be counted again")
    for table in (MAKER_READING, MAKER_WEEK):
        connection.execute(f"delete from {table.name} where week = ?", [week])
    if is_stated(connection, week):
        _find_makers(connection)
        _write_readings(connection, week)
        _write_parts(connection, week)
    for table in (MAKER_READING, MAKER_WEEK):
        check(connection, table, where=f"week = '{week}'")
    counts = connection.execute(
        """
        select maker, coalesce(sum(downloads_30d), 0)::bigint
        from core.maker_week where week = ? group by maker order by 2 desc, 1
        """,
        [week],
    ).fetchall()
    return dict(counts)


def _find_makers(connection: duckdb.DuckDBPyConnection) -> None:
    """Find the maker of each model that has one, removed models included.

    `relation_of_model` has the relation of each model that has a parent, as its place in `RELATION_ORDER`;
    `published_model` the models of the listed accounts; `original` those of them that are no quantised copies;
    `nearest_original` the nearest original among the ancestors of each model.
    """
    connection.execute(
        """
        create or replace temp table maker_number as
        select maker, row_number() over (order by maker)::smallint as number from core.maker
        """
    )
    connection.execute(
        """
        create or replace temp table relation_of_model as
        select child_key as model_key, min(list_position($order, relation))::tinyint as relation -- ignores NULL
        from base.model_edge as edge
        join core.model as model on model.model_key = edge.child_key and model.last_seen = edge.last_seen
        group by child_key
        """,
        {"order": list(RELATION_ORDER)},
    )
    connection.execute(
        """
        create or replace temp table published_model as
        select model_key, number, lower(author) as account, parameters_b
        from core.model
        join core.maker_organisation as listed on lower(listed.organisation) = lower(core.model.author)
        join maker_number using (maker)
        """
    )
    connection.execute(
        """
        create or replace temp table original as
        select published_model.*
        from published_model
        left join relation_of_model using (model_key)
        where relation is distinct from list_position($order, 'quantized')
        """,
        {"order": list(RELATION_ORDER)},
    )
    # Depth and key in one number: the smallest is the nearest, and of equally near ones that of the smallest key.
    connection.execute(
        """
        create or replace temp table nearest_original as
        select nearest.model_key, original.number, original.parameters_b
        from (
            select pair.model_key, min(pair.depth::bigint << 32 | pair.ancestor_key) & 4294967295 as original_key
            from base.model_ancestor as pair
            join original on original.model_key = pair.ancestor_key
            group by pair.model_key
        ) as nearest
        join original on original.model_key = nearest.original_key
        """
    )


def _write_readings(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    """Write the accounts of each maker, and a new definition where the list has changed in a way that concerns the maker.

    A change of an account concerns its maker, and the makers that share a model with it: those with an original among the
    ancestors of a model of the account, or of a descendant of one.
    """
    connection.execute(
        """
        create or replace temp table listed_before as
        from core.maker_reading
        where week = (select max(week) from core.maker_reading where week < ?)
        """,
        [week],
    )
    connection.execute(
        """
        create or replace temp table changed_account as
        with now as (select lower(organisation) as account, maker from core.maker_organisation),
        before as (select lower(unnest(organisations)) as account, maker from listed_before)
        (from now except from before) union all (from before except from now)
        """
    )
    connection.execute(
        """
        create or replace temp table changed_maker as
        with of_account as (
            select model_key from core.model
            where lower(author) in (select account from changed_account) and exists(from listed_before)
        ),
        below as (
            from of_account
            union
            select pair.model_key
            from base.model_ancestor as pair
            join of_account on of_account.model_key = pair.ancestor_key
        )
        select maker from changed_account
        union
        select maker
        from below
        join base.model_ancestor as pair using (model_key)
        join original on original.model_key = pair.ancestor_key
        join maker_number using (number)
        union
        select $other where exists(from changed_account)
        """,
        {"other": OTHER},
    )
    connection.execute(
        """
        insert into core.maker_reading by name
        with listed as (
            select maker, organisations from core.maker
            union all
            select $other, []
        ),
        list as (
            select md5(coalesce(string_agg(concat_ws(' ', lower(organisation), maker), ', ' order by organisation), ''))
                as fingerprint
            from core.maker_organisation
        )
        select
            $week as week, maker, listed.organisations,
            if(changed_maker.maker is null, coalesce(before.definition, fingerprint), fingerprint) as definition
        from listed
        cross join list
        left join listed_before as before using (maker)
        left join changed_maker using (maker)
        order by maker
        """,
        {"week": week, "other": OTHER},
    )


def _write_parts(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    connection.execute(
        f"""
        insert into core.maker_week by name
        with of_week as (
            select
                reading.*,
                coalesce(original.number, nearest.number) as number,
                case
                    when coalesce(original.number, nearest.number) = published.number then 'own'
                    when made.relation is not null then $order[made.relation]
                    when made.model_key is not null then 'unstated'
                    else 'own'
                end as made,
                case
                    when made.relation = list_position($order, 'adapter') then nearest.parameters_b
                    when made.relation = list_position($order, 'quantized')
                        then coalesce(nearest.parameters_b, model.parameters_b)
                    else model.parameters_b
                end as parameters_b,
                model.first_seen = $week as is_added,
                spike.kept
            from base.model_week as reading
            join core.model as model using (model_key)
            left join relation_of_model as made using (model_key)
            left join published_model as published using (model_key)
            left join original using (model_key)
            left join nearest_original as nearest using (model_key)
            left join base.download_spike as spike using (week, model_key)
            where reading.week = $week
        ),
        total as (
            select
                number, made, {_SIZE} as size_bucket,
                count(*) as models,
                count(*) filter (is_added) as added,
                sum(downloads_30d)::bigint as downloads_30d,
                sum(coalesce(kept, downloads_30d))::bigint as downloads_30d_robust,
                sum(downloads_all_time)::bigint as downloads_all_time,
                sum(likes)::bigint as likes
            from of_week
            group by all
        ),
        known as (
            select week_before is not null as has_before, downloads_30d_robust is not null as is_judged
            from core.hub_week where week = $week
        )
        select
            $week as week, coalesce(maker, $other) as maker,
            total.* exclude (number) replace (
                if(has_before, total.added, null) as added,
                if(is_judged, total.downloads_30d_robust, null) as downloads_30d_robust
            )
        from total
        left join maker_number using (number)
        left join known on true
        order by maker, made, size_bucket
        """,
        {"week": week, "other": OTHER, "order": list(RELATION_ORDER)},
    )
