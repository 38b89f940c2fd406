-- Sentence: the best model that fits 24 GB and 80 GB, for each board. At most one row.
with newest as (
    select * from charts.best_by_memory
    where memory_gb in (24, 80)
    qualify row_number() over (partition by board, memory_gb order by period_start desc) = 1
)
select
    string_agg(
        board || ', ' || on_day(period_start) || ': the best open model that runs in ' || memory_gb || ' GB is '
        || model
        || ' (' || printf('%.0f', rating) || ', at ' || bits || ' bits).',
        ' ' order by board, memory_gb
    )
from newest
having count(*) > 0
