-- One row for each benchmark, model, day of publication and source: the latest version of the score.
select * exclude (is_withdrawn)
from base.benchmark_score
qualify
    row_number() over (partition by benchmark, model, published_on, source order by recorded_at desc) = 1
    and not is_withdrawn
