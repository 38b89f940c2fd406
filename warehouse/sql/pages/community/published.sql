-- Published member counts. One row for each community and date.
select
    entity as row, members as value, source,
    period_start as day,
    if(
        period_start = max(period_start) over (partition by entity),
        string_agg(strftime(period_start, '%b %Y') || ' ' || qualified(short(members), qualifier), ' → ')
            over (partition by entity order by period_start), null
    ) as shown,
    entity || ', ' || in_month(period_start) || ': ' || qualified(whole(members), qualifier)
    || coalesce(' (' || percent(growth_pct) || ')', '') as sentence
from charts.community
where basis = 'published' and members is not null
order by max(members) over (partition by entity) desc, period_start
