-- One row for each report of a funding round: its amount, and how it differs from the preferred report.
select
    company, focus, round, kind, amount_usd, qualifier, announced_on, date_precision, note, basis, source, source_id,
    evidence_url, match_group, tellings, counts_once, amount_difference_usd, amount_difference_pct,
    date_difference_days
from core.funding_match
join core.funding_round using (round_id)
