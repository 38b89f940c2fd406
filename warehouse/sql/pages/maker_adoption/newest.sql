-- Downloads of the fifteen largest makers in the newest week, by who made the models. One row for each maker and part.
with newest as (
    from charts.maker_adoption
    where rank <= 15
    qualify dense_rank() over (order by period_start desc) = 1
),
part as (
    select *, 'its own models' as made, 1 as place, downloads_30d_own as downloads from newest
    union all
    select *, 'built on them by others' as made, 2 as place, downloads_30d_built_on as downloads from newest
)
select
    maker as row, made as series, place as rank, downloads as value, downloads_30d as total, source,
    digits(share_pct) || '% of all, ' || digits(100.0 * downloads_30d_own / nullif(downloads_30d, 0))
    || '% of it its own models' as shown,
    title || ', ' || made || ': ' || whole(downloads) || ' downloads in 30 days, week of '
    || on_day(period_start) as sentence
from part
where downloads is not null
order by total desc, row, place
