-- Sentence: the newest and the first cost of a GPT-3.5-equivalent model, of the newest series. At most one row.
with ends as (
    select
        basis, arg_min_null(span_of(cost_low_usd, cost_high_usd), period_start) as first, min(period_start) as first_on,
        arg_max_null(span_of(cost_low_usd, cost_high_usd), period_start) as last, max(period_start) as last_on
    from charts.training_cost
    where target = 'GPT-3.5-equivalent model'
    group by basis
    having count(*) > 1
)
select
    'Training a model like GPT-3.5 cost ' || last || ' in ' || year(last_on) || ', after ' || first || ' in '
    || year(first_on) || if(basis = 'published', ', as reported.', ', as estimated here.')
from ends
order by last_on desc
limit 1
