"""Weekly concentration of downloads: how much the largest models and authors have, and how many have nothing."""

from datetime import date

import duckdb

from warehouse.database.derive import check
from warehouse.tables.history import CONCENTRATION_WEEK

# Figures that the UI plots over the weeks.
_FIGURES = ("share_without_downloads_pct", "share_of_top_1_pct", "gini")


def add_week(connection: duckdb.DuckDBPyConnection, week: date) -> dict[str, float]:
    """Measure the concentration of a week, replacing an earlier measurement, and return the known figures over models.

    Call it after `events.add_week`. Earlier weeks that have none, because an earlier release loaded them, are measured too.

    Raises:
        CheckError: a declared check fails.
    """
    connection.execute("delete from core.concentration_week where week = ?", [week])
    missing = connection.execute(
        "select week from core.hub_week where week <= ? and week not in (select week from core.concentration_week) "
        "order by week",
        [week],
    ).fetchall()
    for (one,) in missing:
        connection.execute(_MEASURE, {"week": one})
        check(connection, CONCENTRATION_WEEK, where=f"week = '{one}'")
    figures = connection.execute(
        f"select {', '.join(_FIGURES)} from core.concentration_week where week = ? and entity = 'model'", [week]
    ).fetchall()[0]
    return {name: figure for name, figure in zip(_FIGURES, figures, strict=True) if figure is not None}


# Few counters differ, so that models are grouped by their counter first: sorting millions of them is not necessary. The
# sums are whole numbers, so that a Gini coefficient of 0 is exactly 0.
_MEASURE = """
    insert into core.concentration_week by name
    with counter as (
        select 'model' as entity, downloads_30d from base.model_week where week = $week
        union all
        select 'author' as entity, downloads_30d from core.author_week where week = $week
    ),
    amount as (
        select entity, downloads_30d, count(*)::hugeint as number from counter group by all
    ),
    total as (
        select
            entity,
            coalesce(sum(number) filter (downloads_30d is not null), 0)::hugeint as entities,
            coalesce(sum(number) filter (downloads_30d is null), 0)::hugeint as without_counter,
            coalesce(sum(number) filter (downloads_30d = 0), 0)::hugeint as without_downloads,
            sum(downloads_30d * number)::hugeint as downloads_30d,
            (entities + 99) // 100 as top
        from amount
        group by entity
    ),
    ranked as (
        select
            entity, number, amount.downloads_30d, total.entities, total.top,
            (sum(number) over (partition by entity order by amount.downloads_30d))::hugeint - number as below
        from amount
        join total using (entity)
        where amount.downloads_30d is not null
    ),
    measured as (
        select
            entity,
            -- Each amount times the sum of the ranks, from the smallest, of those that have it.
            sum(downloads_30d * (number * below + number * (number + 1) // 2))::hugeint as ranked_sum,
            sum(downloads_30d * greatest(0, least(number, top - (entities - below - number))))::hugeint as of_top,
            max(downloads_30d) filter (below < (entities + 1) // 2)::double as lower_middle,
            max(downloads_30d) filter (below < entities // 2 + 1)::double as upper_middle
        from ranked
        group by entity
    )
    select
        $week as week,
        entity,
        entities,
        without_counter,
        downloads_30d,
        without_downloads,
        100 * (without_downloads / nullif(entities, 0)) as share_without_downloads_pct,
        (lower_middle + upper_middle) / 2 as median_downloads_30d,
        top as entities_in_top_1_pct,
        100 * (of_top / nullif(downloads_30d, 0)) as share_of_top_1_pct, -- divided first: x / x is 1, and no more
        (2 * ranked_sum - (entities + 1) * downloads_30d) / nullif(entities * downloads_30d, 0) as gini
    from total
    left join measured using (entity)
    order by entity desc
"""
