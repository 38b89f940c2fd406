-- Derivatives of the eight largest families in the newest week. One row for each family, direct or indirect.
with newest as (
    from charts.model_derivatives
    where basis = 'measured' and derivatives > 0
    qualify dense_rank() over (order by period_start desc) = 1
        and row_number() over (partition by period_start order by derivatives desc, family) <= 8
)
select
    family as row, series, part as value, derivatives as total, '≥ ' || whole(derivatives) as shown, source,
    family || ': ' || whole(part) || ' ' || series || ' derivatives, at least ' || whole(derivatives) || ' in all'
    || coalesce('; most downloaded: ' || notable, '') as sentence
from (
    select *, 'direct' as series, direct as part from newest
    union all
    select *, 'indirect', derivatives - direct from newest
)
order by derivatives desc, family, series
