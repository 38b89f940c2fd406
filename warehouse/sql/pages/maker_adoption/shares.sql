-- Share of the Hub's downloads, with what is built on a maker's models, of the eight largest makers of the newest week.
-- One row for each maker and week.
with largest as (
    select maker from charts.maker_adoption
    where rank <= 8
    qualify dense_rank() over (order by period_start desc) = 1
)
select
    maker as series, period_start as day, share_pct as value, source,
    digits(share_pct) || '% ' || maker as label,
    week_number(period_start) - row_number() over (partition by maker, source order by period_start) as stretch,
    'Week of ' || on_day(period_start) || ', ' || title || ': ' || digits(share_pct) || '% of all downloads, '
    || short(downloads_30d_own) || ' of its own models and ' || short(downloads_30d_built_on)
    || ' of models built on them' as sentence
from charts.maker_adoption
join largest using (maker)
where share_pct is not null
order by series, day
