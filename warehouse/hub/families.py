"""Families of models: their root repositories, and the descendants of these in a week.

Only the newest week can be counted, because the closure has only the current lineage; `family_history` counts a family that
was listed later in the weeks before.
"""

from datetime import date
from pathlib import Path

import duckdb

from warehouse.database.bulk_insert import insert
from warehouse.database.derive import check
from warehouse.hub.family_history import count_back
from warehouse.seeds.family_roots import COLUMNS, read_families
from warehouse.tables.lineage import FAMILY, FAMILY_MEMBER, FAMILY_READING, FAMILY_WEEK

# Of several parents at the same distance from a root, the first of these relations counts.
RELATION_ORDER = ("merge", "finetune", "adapter", "quantized")


class OldWeekError(ValueError):
    """The week to count is not the newest: its lineage is no longer available."""


def load(connection: duckdb.DuckDBPyConnection, folder: Path) -> int:
    """Replace the families by those of `family.csv` in `folder`, and find their roots; return the number of families.

    Raises:
        CuratedError: the file has an error; nothing was written.
    """
    rows = read_families(folder)
    connection.execute("delete from core.family")
    insert(connection, FAMILY, COLUMNS, [[row[name] for name in COLUMNS] for row in rows])
    find_roots(connection)
    return len({row["family"] for row in rows})


def find_roots(connection: duckdb.DuckDBPyConnection) -> None:
    """Find each family's root repositories among all models ever seen, by present and former names.

    The exact name takes precedence over the name in another case.
    """
    connection.execute(
        """
        create or replace temp table root_found as
        with named as (
            select id, hub_id from core.model
            where lower(id) in (select lower(root) from core.family)
            union
            select id, hub_id from base.model_name
            where lower(id) in (select lower(root) from core.family)
        )
        select distinct family.root, named.hub_id
        from (select distinct root from core.family) as family
        join named on lower(named.id) = lower(family.root)
        qualify rank() over (partition by family.root order by named.id = family.root desc) = 1
        """
    )
    connection.execute(
        "create or replace temp table family_line as select distinct on (family, root) * exclude (hub_id) from core.family"
    )
    connection.execute("delete from core.family")
    connection.execute(
        "insert into core.family by name select * from family_line left join root_found using (root) order by all"
    )
    check(connection, FAMILY)


def newest_week(connection: duckdb.DuckDBPyConnection) -> date | None:
    """Return the newest week of models; None before the first."""
    week: date | None = connection.execute("select max(week) from base.model_week").fetchall()[0][0]
    return week


def is_stated(connection: duckdb.DuckDBPyConnection, week: date) -> bool:
    """Return whether the edges of `week` were loaded, so that its new models have their parents."""
    found = connection.execute("select count(*) from core.lineage_reading where week = ?", [week]).fetchall()
    return bool(found[0][0])


def count_week(connection: duckdb.DuckDBPyConnection, week: date) -> dict[str, int]:
    """Count every family in the newest week, replacing an earlier count of the same week.

    Return the number of derivatives of each family with a root that was ever seen, the largest first. A week whose edges
    were not loaded is not counted: all new models would be missing. A family that was listed since is first counted in the
    weeks before.

    Raises:
        OldWeekError: there is a later week.
        CheckError: a declared check fails.
    """
    if week != newest_week(connection):
        raise OldWeekError(
            f"{week} is not the newest week of models; families of an older week cannot be counted again"
        )
    find_roots(connection)
    connection.execute("delete from core.family_member where week <> ?::date - 7", [week])
    for table in (FAMILY_READING, FAMILY_WEEK):
        connection.execute(f"delete from {table.name} where week = ?", [week])
    _number_families(connection)
    counted_back = count_back(connection, week, RELATION_ORDER)
    if is_stated(connection, week):
        _find_paths(connection)
        _write_members(connection, week)
        _find_week(connection, week)
        _write_readings(connection, week)
        _write_parts(connection, week)
    for table in (FAMILY_MEMBER, FAMILY_READING, FAMILY_WEEK):
        check(connection, table, where="true" if counted_back else f"week = '{week}'")
    return _derivatives(connection, week)


def _number_families(connection: duckdb.DuckDBPyConnection) -> None:
    """Number the families in `family_number`, which joins many times faster than a name.

    Wide families are in the order of their names, the parts of a family before it.
    """
    connection.execute(
        """
        create or replace temp table family_number as
        with recursive listed as (select distinct family, part_of from core.family),
        branch as (
            select family, part_of, [family] as path from listed where part_of is null
            union all
            select listed.family, listed.part_of, list_append(branch.path, listed.family)
            from listed
            join branch on branch.family = listed.part_of
        )
        select
            family as name, part_of, path, len(path)::smallint as level,
            row_number() over (order by list_append(path, chr(1114111)))::smallint as family -- the last character there is
        from branch
        """
    )


def _find_paths(connection: duckdb.DuckDBPyConnection) -> None:
    """Find the distance of each model from each family, and the edges on the shortest paths.

    `family_distance` has a row for each family and model, removed ones included, the roots at depth 0; `family_path` one for
    each current edge that leads one step nearer to the family's roots; `counted_once` one for each model and family that it
    counts for: of the nearest ones that with the smallest number, and the families that this is part of.
    """
    connection.execute(
        """
        create or replace temp table family_root as
        select distinct number.family, model_key, author
        from core.family
        join family_number as number on number.name = core.family.family
        join core.model using (hub_id)
        """
    )
    connection.execute(
        """
        create or replace temp table family_distance as
        select root.family, pair.model_key, min(pair.depth) as depth
        from base.model_ancestor as pair
        join family_root as root on root.model_key = pair.ancestor_key
        anti join family_root as itself on itself.family = root.family and itself.model_key = pair.model_key
        group by all
        union all
        select family, model_key, 0::smallint from family_root
        """
    )
    connection.execute(
        """
        create or replace temp table family_path as
        select nearer.family, edge.child_key, edge.parent_key, edge.relation, child.depth
        from base.model_edge as edge
        join core.model as model on model.model_key = edge.child_key and model.last_seen = edge.last_seen
        join family_distance as nearer on nearer.model_key = edge.parent_key
        join family_distance as child
            on child.family = nearer.family and child.model_key = edge.child_key and child.depth = nearer.depth + 1
        """
    )
    # Depth and number in one: the smallest is the nearest, and of equally near ones that of the smallest number.
    connection.execute(
        """
        create or replace temp table counted_once as
        select model_key, wider.family
        from (
            select model_key, min(depth::integer << 16 | family) & 65535 as narrowest from family_distance group by model_key
        )
        join family_number as narrower on narrower.family = narrowest
        join family_number as wider on list_contains(narrower.path, wider.name)
        """
    )


def _write_members(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    connection.execute(
        """
        create or replace temp table family_relation as
        select
            family, child_key as model_key, any_value(depth) as depth,
            arg_min(relation, list_position($order, relation)) as relation -- ignores NULL
        from family_path
        group by family, child_key
        """,
        {"order": list(RELATION_ORDER)},
    )
    connection.execute(
        """
        create or replace temp table family_quantisation as
        select path.family, path.child_key, path.parent_key
        from family_path as path
        join family_relation as made
            on made.family = path.family and made.model_key = path.child_key and made.relation = path.relation
        where path.relation = 'quantized'
        """
    )
    connection.execute(
        """
        insert into core.family_member by name
        with recursive quantized_copy as (
            select family, model_key from family_root
            union
            select step.family, step.child_key
            from quantized_copy as original
            join family_quantisation as step
                on step.family = original.family and step.parent_key = original.model_key
        )
        select
            $week as week, number.name as family, made.model_key, made.depth, made.relation,
            owner.author is not null as is_own,
            original.model_key is not null as is_quantized_copy
        from family_relation as made
        join family_number as number on number.family = made.family
        join core.model as model on model.model_key = made.model_key and model.last_seen = $week
        left join (select distinct family, author from family_root where author is not null) as owner
            on owner.family = made.family and owner.author = model.author
        left join quantized_copy as original on original.family = made.family and original.model_key = made.model_key
        order by made.family, made.model_key
        """,
        {"week": week},
    )


def _find_week(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    """Find the counters of each model of a family in a week, with those that count in the robust totals.

    `family_model_week` has a row for each family and model of the week, roots included.
    """
    connection.execute(
        """
        create or replace temp table family_model_week as
        select
            member.family, model_key, member.depth = 0 as is_root, once.model_key is not null as is_once,
            reading.downloads_30d, reading.downloads_all_time,
            if(judged.is_judged, coalesce(spike.kept, reading.downloads_30d), null) as downloads_30d_robust
        from family_distance as member
        join base.model_week as reading using (model_key)
        left join counted_once as once using (family, model_key)
        left join base.download_spike as spike using (week, model_key)
        left join (
            select downloads_30d_robust is not null as is_judged from core.hub_week where week = $week
        ) as judged on true
        where reading.week = $week
        """,
        {"week": week},
    )


def _write_readings(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    connection.execute(
        """
        insert into core.family_reading by name
        with largest as (
            select family, model_key, downloads_30d
            from family_model_week
            where not is_root and downloads_30d is not null
            qualify rank() over (partition by family order by downloads_30d desc) <= 3
        ),
        best as ( -- joins the names last, when few rows are left to sort
            select family, model.id, downloads_30d, model.hub_id
            from largest
            join core.model as model using (model_key)
            qualify row_number() over (partition by family order by downloads_30d desc, model.hub_id) <= 3
        ),
        root as (
            select
                family,
                count(*) as root_models,
                sum(downloads_30d)::bigint as root_downloads_30d,
                sum(downloads_30d_robust)::bigint as root_downloads_30d_robust,
                sum(downloads_all_time)::bigint as root_downloads_all_time,
                count(*) filter (is_once) as root_models_counted_once,
                sum(downloads_30d) filter (is_once)::bigint as root_downloads_30d_counted_once,
                sum(downloads_30d_robust) filter (is_once)::bigint as root_downloads_30d_robust_counted_once
            from family_model_week
            where is_root
            group by family
        ),
        listed as (
            select
                family as name,
                md5(string_agg(concat_ws(' ', root, hub_id), ' ' order by root, hub_id)) as definition,
                count(distinct root) as roots,
                count(distinct root) filter (hub_id is not null) as roots_seen
            from core.family
            group by family
        )
        select
            $week as week, number.name as family, definition, roots, roots_seen, notable, part_of, level,
            root.* exclude (family) replace (
                coalesce(root_models, 0) as root_models,
                coalesce(root_models_counted_once, 0) as root_models_counted_once
            )
        from listed
        join family_number as number using (name)
        left join root using (family)
        left join (
            select family, string_agg(id, ', ' order by downloads_30d desc, hub_id) as notable from best group by family
        ) using (family)
        order by number.name
        """,
        {"week": week},
    )


def _write_parts(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    connection.execute(
        """
        insert into core.family_week by name
        with comparable as (
            select family
            from core.family_reading as now
            join core.family_reading as before using (family, definition)
            where now.week = $week and before.week = $week::date - 7
        ),
        now as (
            select member.*, reading.* exclude (family, model_key, is_root)
            from core.family_member as member
            join family_number as number on number.name = member.family
            left join family_model_week as reading on reading.family = number.family and reading.model_key = member.model_key
            where member.week = $week
        ),
        before as (from core.family_member where week = $week::date - 7),
        change as (
            select now.* exclude (week), 1 as there, before.model_key is null as is_added, false as is_removed
            from now
            left join before using (family, model_key)
            union all by name
            select before.* exclude (week), 0 as there, false as is_added, true as is_removed, false as is_once
            from before
            anti join now using (family, model_key)
            where family in (from comparable)
        )
        select
            $week as week, change.family, depth, relation, is_own, is_quantized_copy,
            sum(there)::bigint as models,
            sum(downloads_30d)::bigint as downloads_30d,
            sum(downloads_all_time)::bigint as downloads_all_time,
            if(comparable.family is null, null, count(*) filter (is_added)) as added,
            if(comparable.family is null, null, count(*) filter (is_removed)) as removed,
            sum(downloads_30d_robust)::bigint as downloads_30d_robust,
            count(*) filter (is_once) as models_counted_once,
            sum(downloads_30d) filter (is_once)::bigint as downloads_30d_counted_once,
            sum(downloads_30d_robust) filter (is_once)::bigint as downloads_30d_robust_counted_once
        from change
        left join comparable using (family)
        group by change.family, depth, relation, is_own, is_quantized_copy, comparable.family
        order by all
        """,
        {"week": week},
    )


def _derivatives(connection: duckdb.DuckDBPyConnection, week: date) -> dict[str, int]:
    counts = connection.execute(
        """
        select family, count(model_key)
        from core.family_reading as reading
        left join core.family_member as member using (week, family)
        where week = ? and roots_seen > 0
        group by family
        order by 2 desc, 1
        """,
        [week],
    ).fetchall()
    return dict(counts)
