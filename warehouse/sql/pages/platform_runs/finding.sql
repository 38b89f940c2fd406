-- Sentence: the model with the largest count on each platform. At most one row.
with newest as (
    from charts.platform_runs
    where runs is not null
    qualify row_number() over (partition by metric, model, source order by period_start desc) = 1
)
select 'Most used elsewhere: ' || string_agg(leader, ', ' order by platform) || '.'
from (
    select
        platform,
        regexp_replace(arg_max(model, runs), '^[\w.-]+/', '') || ' on ' || platform || ' (' || short(max(runs)) || ')'
            as leader
    from newest
    where metric <> 'github_contributors'
    group by platform
)
having count(*) > 0
