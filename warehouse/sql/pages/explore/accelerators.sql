-- One row for each accelerator: the memory that a model can use of it.
with assumed as (
    select map(list(assumption), list(value)) as assumed from core.memory_assumption
)
select hardware as name, kind, memory_gb, core.usable_gb(memory_gb, kind, 1, assumed) as usable_gb
from core.hardware
cross join assumed
order by memory_gb, hardware
