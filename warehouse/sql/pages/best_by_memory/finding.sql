-- Sentence: the best model that fits 24 GB, 80 GB and a laptop with 32 GB, on the first board. At most one row.
with newest as (
    select *, if(kind = 'laptop', 'on a laptop with ', 'in ') || memory_gb || ' GB' as place
    from charts.best_by_memory
    where (kind, memory_gb) in (('accelerator', 24), ('accelerator', 80), ('laptop', 32))
        and board = (select min(board) from charts.best_by_memory)
    qualify row_number() over (partition by kind, memory_gb order by period_start desc) = 1
)
select
    'The best open model ' || string_agg(
        place || if(is_first, ' is ', ' ') || model || ' (' || printf('%.0f', rating) || ')',
        ', ' order by kind, memory_gb
    ) || '.'
from (select *, row_number() over (order by kind, memory_gb) = 1 as is_first from newest)
having count(*) > 0
