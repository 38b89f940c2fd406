-- One row for each funding round, however many sources report it: the amount of the preferred report, and the range.
with report as (
    select
        match_group, counts_once, tellings, funding_round.*,
        min(amount_usd) over one_round as low_usd, max(amount_usd) over one_round as high_usd
    from core.funding_match
    join core.funding_round using (round_id)
    window one_round as (partition by match_group)
)
select
    company, announced_on, date_precision, amount_usd, low_usd, high_usd, kind, round, focus, tellings as reports,
    made_up, source, evidence_url, round_id
from report
where counts_once
order by announced_on desc
