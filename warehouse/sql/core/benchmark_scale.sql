-- One row for each benchmark and source: the score of guessing and the best possible one, as stated now or listed by
-- hand.
with stated as (
    select *
    from base.benchmark_scale
    qualify row_number() over (partition by benchmark, source order by recorded_at desc) = 1
)
select benchmark, source, chance_pct, ceiling_pct, evidence_url as evidence
from stated
where not is_withdrawn
union all by name
select benchmark, source, chance_pct, ceiling_pct, evidence
from core.listed_benchmark_scale
