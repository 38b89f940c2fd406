-- One row for each report of a funding round: the group of reports of the same round by several sources. Two reports of
-- one source are always two rounds.
with recursive round as (
    select
        *, dense_rank() over (order by preference, source) as rank,
        -- A company has one Series D: a report that gives it another date is wrong about the date.
        if(regexp_matches(round, '^(Seed|Series [A-Z])$'), round, null) as named,
        (announced_on + case date_precision
            when 'year' then interval 1 year when 'month' then interval 1 month else interval 1 day
        end)::date - 1 as until
    from core.funding_round
    where excluded is null
),
pair as (
    select
        one.round_id as preferred, one.rank as preferred_rank, other.round_id, other.rank,
        greatest(0, one.announced_on - other.until, other.announced_on - one.until) as days_apart,
        abs(one.amount_usd - other.amount_usd) / nullif(greatest(one.amount_usd, other.amount_usd), 0) as share_apart
    from round as one
    join round as other
        on other.company = one.company
        and other.made_up = one.made_up
        and other.rank > one.rank
        and (other.kind = one.kind or 'unstated' in (one.kind, other.kind))
    where one.announced_on is not null and other.announced_on is not null
        and (days_apart <= 60 or one.named = other.named or one.evidence_url = other.evidence_url)
        and coalesce(share_apart, 0) <= 0.25
),
-- Each report is the nearest of its source to the other. If several sources have one, the most preferred one counts.
nearest as (
    from pair
    qualify row_number() over (partition by round_id, preferred_rank order by days_apart, share_apart, preferred) = 1
        and row_number() over (partition by preferred, rank order by days_apart, share_apart, round_id) = 1
),
follows as (
    select round_id, preferred from nearest
    qualify row_number() over (partition by round_id order by preferred_rank) = 1
),
joined as (
    select round_id, round_id as match_group from round where round_id not in (select round_id from follows)
    union all
    select follows.round_id, joined.match_group from joined join follows on follows.preferred = joined.round_id
),
single as (
    select
        round.*,
        if(
            row_number() over (partition by match_group, rank order by round_id = match_group desc, round_id) = 1,
            match_group, round_id
        ) as match_group
    from joined
    join round using (round_id)
)
select
    single.round_id, match_group, count(*) over (partition by match_group) as tellings,
    -- The preferred report that states an amount; without any amount, the preferred report.
    row_number() over (
        partition by match_group
        order by single.amount_usd is null, single.preference, single.source, is_other, single.round_id
    ) = 1 as counts_once,
    if(is_other, single.amount_usd - first.amount_usd, null) as amount_difference_usd,
    if(is_other, 100 * (single.amount_usd - first.amount_usd) / nullif(first.amount_usd, 0), null)
        as amount_difference_pct,
    if(
        is_other, greatest(0, first.announced_on - single.until, single.announced_on - first.until), null
    ) as date_difference_days
from (select *, round_id <> match_group as is_other from single) as single
join round as first on first.round_id = single.match_group
