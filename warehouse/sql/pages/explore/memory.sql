-- One row for each number of bits of a weight: the memory that a billion weights take, and that of the key-value cache.
with assumed as (
    select map(list(assumption), list(value)) as assumed from core.memory_assumption
)
select bits, core.weights_gb(1, bits, assumed) as gb_per_billion, core.kv_cache_gb(null, assumed) as kv_cache_gb
from (values (16), (8), (4)) as form (bits)
cross join assumed
order by bits desc
