-- Measured change since the first count. One row for each community, metric and date.
with counted as (
    select
        *,
        platform
        || case metric
            when 'hub_organisation_followers' then ': followers'
            when 'hub_organisation_members' then ': members'
            when 'hub_authors' then ': accounts'
            else ''
        end
        || if(source like '%arctic_shift', ' (archive)', '') as what,
        regexp_replace(entity, ' (followers|members)$', '') as thing,
        first_value(members) over (partition by entity, metric, source order by period_start) as first_members
    from charts.community
    where basis = 'measured' and members is not null
)
select
    what, thing as series, period_start as day, (members / nullif(first_members, 0) - 1) * 100 as value, source,
    percent((members / nullif(first_members, 0) - 1) * 100) || ' ' || thing as label,
    week_number(period_start) - row_number() over (
        partition by entity, metric, source order by period_start
    ) as stretch,
    thing || ', ' || on_date(period_start, date_precision) || ': ' || qualified(whole(members), qualifier) || ', '
    || percent((members / nullif(first_members, 0) - 1) * 100) || ' since the first count' as sentence
from counted
where first_members > 0
order by what <> 'Reddit', what, series, day
