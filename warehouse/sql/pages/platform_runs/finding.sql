-- Sentences: the model with the largest count on each platform. One row.
with newest as (
    from charts.platform_runs
    where runs is not null
    qualify row_number() over (partition by metric, model, source order by period_start desc) = 1
)
select string_agg(sentence, ' ' order by platform)
from (
    select
        platform,
        arg_max(model, runs) || ' has the most ' || within(arg_max(counted, runs)) || ': ' || short(max(runs)) || '.'
            as sentence
    from newest
    where metric <> 'github_contributors'
    group by platform
)
