-- Sentence: the best model that fits 24 GB, 80 GB and a laptop with 32 GB, for each board. At most one row.
with newest as (
    select *, if(kind = 'laptop', 'on a laptop with ', 'in ') || memory_gb || ' GB' as place
    from charts.best_by_memory
    where (kind, memory_gb) in (('accelerator', 24), ('accelerator', 80), ('laptop', 32))
    qualify row_number() over (partition by board, kind, memory_gb order by period_start desc) = 1
)
select
    string_agg(
        board || ', ' || on_day(period_start) || ': the best open model that runs ' || place || ' is ' || model
        || ' (' || printf('%.0f', rating) || ', at ' || bits || ' bits).',
        ' ' order by board, kind, memory_gb
    )
from newest
having count(*) > 0
