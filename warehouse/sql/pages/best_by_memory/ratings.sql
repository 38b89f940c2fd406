-- The best rating that runs in the memory of accelerators. One row for each board, day and one of four sizes.
select
    board, period_start as day, rating as value, memory_gb || ' GB' as series, memory_gb || ' GB' as label, source,
    on_day(period_start) || ', ' || memory_gb || ' GB: ' || model || ' (' || digits(parameters_b) || 'B, '
    || bits || ' bits), ' || printf('%.0f', rating) as sentence
from charts.best_by_memory
where kind = 'accelerator' and memory_gb in (8, 24, 80, 640)
order by board, memory_gb, day
