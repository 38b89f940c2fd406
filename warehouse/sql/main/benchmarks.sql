-- One row for each benchmark, model and source: the newest score. Ratings count on the newest day of their board only.
with newest as (
    from core.benchmark_score
    where score is not null
    qualify
        row_number() over (
            partition by benchmark, model, source order by published_on desc nulls last, recorded_at desc
        ) = 1
        and (
            unit <> 'rating points'
            or published_on is not distinct from max(published_on) over (partition by benchmark, source)
        )
)
select
    benchmark, rank() over (partition by benchmark, source order by score desc) as place, model, score, low, high,
    interval_pct, unit, openness, organisation, licence, released_on, published_on, source, evidence_url
from newest
order by benchmark, place
