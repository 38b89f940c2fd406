-- One row for each report of a funding round: Form D offerings, collected rounds and rounds of publications.
with offering as (
    select
        null::varchar as round, null::varchar as focus, 'measured' as basis, 'exact' as qualifier,
        source, chain as source_id,
        case when is_equity = is_debt then 'unstated' when is_equity then 'equity' else 'debt' end as kind,
        company, 'Filed' as status, sold_usd as amount_usd, first_filed_on as announced_on, 'day' as date_precision,
        null::varchar as excluded, doubt as note, evidence_url, 1 as preference
    from core.form_d_offering
),
collected as (
    select
        null::varchar as round, null::varchar as focus, 'published' as basis, 'exact' as qualifier,
        source, source_id, kind, company, status, amount_usd, announced_on, date_precision, excluded, note,
        evidence_url, 2 as preference
    from (
        from base.funding_round
        qualify row_number() over (partition by source, source_id, kind order by recorded_at desc) = 1
    )
    where not is_withdrawn
),
printed as (
    select
        attributes['round'] as round, attributes['focus'] as focus, basis, qualifier,
        source, entity || ' ' || period_start as source_id,
        if(regexp_matches(attributes['round'], '^(Seed|Series [A-Z])$'), 'equity', 'unstated') as kind,
        entity as company, 'Closed' as status, value as amount_usd, period_start as announced_on, date_precision,
        null::varchar as excluded, attributes['note'] as note, evidence_url,
        if(evidence_url is null, 3, 2) as preference
    from core.observation_latest
    where metric = 'funding_round_usd' and attributes['withdrawn'] is null
)
select source || ' | ' || source_id || ' | ' || kind as round_id, *, starts_with(source, 'sandbox_') as made_up
from (from offering union all by name from collected union all by name from printed)
