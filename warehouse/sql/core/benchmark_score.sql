-- One row for each benchmark, model, day of publication and source: the latest version of the score.
select
    * exclude (is_withdrawn),
    -- The index has 90% intervals, the Arena and a standard error of a benchmark those of 95%.
    if(coalesce(low, high) is null, null, if(unit = 'index points', 90, 95)) as interval_pct
from base.benchmark_score
qualify
    row_number() over (partition by benchmark, model, published_on, source order by recorded_at desc) = 1
    and not is_withdrawn
