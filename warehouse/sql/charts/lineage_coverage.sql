-- One row for each week: how many models state a base, and how many of these bases are known.
select
    lineage.week, lineage.models, models_naming_a_base, models_with_parent, coverage_pct,
    100.0 * models_with_parent / nullif(models_naming_a_base, 0) as resolved_pct,
    edges, edges_to_removed, models_reparented,
    self_references, never_seen, ambiguous, not_a_name, models_in_cycles, longest_chain, roots,
    walk.basis, walk.source
from core.lineage_week as lineage
left join growth.reading as walk
    on walk.period_start = lineage.week
    and walk.metric = 'hub_models' and walk.entity = 'all models' and walk.basis = 'measured'
