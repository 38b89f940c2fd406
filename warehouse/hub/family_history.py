"""Families that were listed later, counted in the weeks before: as the lineage and the models were in each of these weeks.

Only what is missing is counted: a family that was counted in a week keeps that count, also where its list of roots was
another one then.
"""

from collections.abc import Sequence
from datetime import date

import duckdb

# The missing weeks of each family. A week whose statements about bases were not used has no count.
_MISSING = """
    create or replace temp table missing_week as
    select family.name as family, reading.week
    from (select distinct family as name from core.family) as family
    cross join (select week from core.lineage_reading where week < $week) as reading
    anti join core.family_reading as counted on counted.family = family.name and counted.week = reading.week
"""

# Whatever has ever stated a root, or a descendant of it, as its base; and the weeks in which these models were there.
_MODELS = """
    create or replace temp table root_listed_later as
        select distinct listed.family, model.model_key, model.author
        from core.family as listed
        join core.model as model using (hub_id)
        where listed.family in (select family from missing_week);
    create or replace temp table ever_below as
        with recursive below as (
            select model_key from root_listed_later
            union
            select edge.child_key
            from below
            join base.model_edge as edge on edge.parent_key = below.model_key
        )
        from below;
    create or replace temp table reading_below as
        select
            week, model_key, reading.downloads_30d, reading.downloads_all_time,
            if(hub.downloads_30d_robust is null, null, coalesce(spike.kept, reading.downloads_30d)) as downloads_30d_robust
        from base.model_week as reading
        semi join ever_below using (model_key)
        left join base.download_spike as spike using (week, model_key)
        left join core.hub_week as hub using (week);
    create or replace temp table edge_of_week as
        with missing as (select distinct week from missing_week),
        -- A model that is gone keeps the bases that it stated last.
        stated as (
            select asked.week, asked.model_key, reading.week as last_there
            from (select missing.week, model_key from missing cross join ever_below) as asked
            asof join reading_below as reading
                on reading.model_key = asked.model_key and reading.week <= asked.week
        )
        select stated.week, edge.child_key, edge.parent_key, edge.relation
        from stated
        join base.model_edge as edge
            on edge.child_key = stated.model_key and stated.last_there between edge.first_seen and edge.last_seen;
    create or replace temp table distance_of_week as
        select missing.week, root.family, root.model_key, 0::smallint as depth
        from missing_week as missing
        join root_listed_later as root using (family)
"""

_STEP = """
    insert into distance_of_week
    select distinct nearer.week, nearer.family, edge.child_key as model_key, $depth::smallint as depth
    from distance_of_week as nearer
    join edge_of_week as edge on edge.week = nearer.week and edge.parent_key = nearer.model_key
    anti join distance_of_week as known
        on known.week = nearer.week and known.family = nearer.family and known.model_key = edge.child_key
    where nearer.depth = $depth - 1
"""

_MEMBERS = """
    create or replace temp table path_of_week as
        select nearer.week, nearer.family, edge.child_key as model_key, edge.parent_key, edge.relation, child.depth
        from edge_of_week as edge
        join distance_of_week as nearer on nearer.week = edge.week and nearer.model_key = edge.parent_key
        join distance_of_week as child
            on child.week = nearer.week and child.family = nearer.family and child.model_key = edge.child_key
            and child.depth = nearer.depth + 1;
    create or replace temp table relation_of_week as
        select
            week, family, model_key, any_value(depth) as depth,
            arg_min(relation, list_position($order, relation)) as relation -- ignores NULL
        from path_of_week
        group by week, family, model_key;
    create or replace temp table copy_of_week as
        with recursive quantized_copy as (
            select week, family, model_key from distance_of_week where depth = 0
            union
            select step.week, step.family, step.model_key
            from quantized_copy as original
            join path_of_week as step
                on step.week = original.week and step.family = original.family
                and step.parent_key = original.model_key and step.relation = 'quantized'
            join relation_of_week as made
                on made.week = step.week and made.family = step.family and made.model_key = step.model_key
                and made.relation = 'quantized'
        )
        from quantized_copy;
    create or replace temp table member_of_week as
        select
            made.week, made.family, made.model_key, made.depth, made.relation,
            owner.author is not null as is_own,
            original.model_key is not null as is_quantized_copy,
            reading.downloads_30d, reading.downloads_30d_robust, reading.downloads_all_time
        from relation_of_week as made
        join reading_below as reading on reading.week = made.week and reading.model_key = made.model_key
        join core.model as model on model.model_key = made.model_key
        left join (select distinct family, author from root_listed_later where author is not null) as owner
            on owner.family = made.family and owner.author = model.author
        left join copy_of_week as original
            on original.week = made.week and original.family = made.family and original.model_key = made.model_key
"""

_WRITE_READINGS = """
    insert into core.family_reading by name
    with best as (
        select week, family, string_agg(model.id, ', ' order by downloads_30d desc, hub_id) as notable
        from (
            from member_of_week
            where downloads_30d is not null
            qualify row_number() over (partition by week, family order by downloads_30d desc, model_key) <= 3
        )
        join core.model as model using (model_key)
        group by week, family
    ),
    root as (
        select
            missing.week, family,
            count(*) as root_models,
            sum(downloads_30d)::bigint as root_downloads_30d,
            sum(downloads_30d_robust)::bigint as root_downloads_30d_robust,
            sum(downloads_all_time)::bigint as root_downloads_all_time
        from missing_week as missing
        join (select distinct family, model_key from root_listed_later) as root using (family)
        join reading_below as reading on reading.week = missing.week and reading.model_key = root.model_key
        group by missing.week, family
    ),
    listed as (
        select
            missing.week, missing.family,
            md5(string_agg(concat_ws(' ', root, hub_id), ' ' order by root, hub_id)) as definition,
            count(distinct root) as roots,
            count(distinct root) filter (model.first_seen <= missing.week) as roots_seen
        from missing_week as missing
        join core.family as family using (family)
        left join core.model as model using (hub_id)
        group by missing.week, missing.family
    )
    select
        listed.*, best.notable, $week as counted_in,
        number.part_of, number.level,
        root.* exclude (week, family) replace (coalesce(root_models, 0) as root_models)
    from listed
    join (select name as family, part_of, level from family_number) as number using (family)
    left join root using (week, family)
    left join best using (week, family)
    order by week, family
"""

# The newest of these weeks is the one that the next count is compared with.
_WRITE_MEMBERS = """
    insert into core.family_member by name
    select week, family, model_key, depth, relation, is_own, is_quantized_copy
    from member_of_week
    where week = $week::date - 7
    order by all
"""

_WRITE_PARTS = """
    insert into core.family_week by name
    with change as (
        select now.*, true as is_there, before.model_key is null as is_added, false as is_removed
        from member_of_week as now
        left join member_of_week as before
            on before.week = now.week - 7 and before.family = now.family and before.model_key = now.model_key
        union all by name
        select before.* replace (before.week + 7 as week), false as is_there, false as is_added, true as is_removed
        from member_of_week as before
        anti join member_of_week as now
            on now.week = before.week + 7 and now.family = before.family and now.model_key = before.model_key
        where (before.week + 7, before.family) in (select (week, family) from missing_week)
    )
    select
        change.week, change.family, depth, relation, is_own, is_quantized_copy,
        count(*) filter (is_there) as models,
        sum(downloads_30d) filter (is_there)::bigint as downloads_30d,
        sum(downloads_30d_robust) filter (is_there)::bigint as downloads_30d_robust,
        sum(downloads_all_time) filter (is_there)::bigint as downloads_all_time,
        if(before.family is null, null, count(*) filter (is_added)) as added,
        if(before.family is null, null, count(*) filter (is_removed)) as removed
    from change
    left join missing_week as before on before.family = change.family and before.week = change.week - 7
    group by change.week, change.family, depth, relation, is_own, is_quantized_copy, before.family
    order by all
"""

_TEMPORARY = (
    "missing_week", "root_listed_later", "ever_below", "reading_below", "edge_of_week", "distance_of_week", "path_of_week",
    "relation_of_week", "copy_of_week", "member_of_week",
)  # fmt: skip


def count_back(connection: duckdb.DuckDBPyConnection, week: date, relation_order: Sequence[str]) -> int:
    """Count each family in the weeks before `week` in which it was not counted; return the number of families and weeks.

    Call it before the families of `week` are counted, after they were numbered. The roots are those of today, the models,
    their bases and their counters those of each week; the owners of the models are the present ones. Of several relations at
    the same distance the first of `relation_order` counts. Which family a model counted for stays unknown in these weeks
    (NULL): the others have counted it already.
    """
    connection.execute(_MISSING, {"week": week})
    ((missing,),) = connection.execute("select count(*) from missing_week").fetchall()
    if missing:
        connection.execute(_MODELS)
        depth = 1
        while connection.execute(_STEP, {"depth": depth}).fetchall()[0][0]:
            depth += 1
        for statement in duckdb.extract_statements(_MEMBERS):
            named = statement.named_parameters
            connection.execute(statement, {name: list(relation_order) for name in named})
        connection.execute(_WRITE_READINGS, {"week": week})
        connection.execute(_WRITE_MEMBERS, {"week": week})
        connection.execute(_WRITE_PARTS)
    for name in _TEMPORARY:
        connection.execute(f"drop table if exists {name}")
    return int(missing)
