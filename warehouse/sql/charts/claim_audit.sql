-- One row for each published claim: its verdict, which is computed. A number holds if recomputing it gives every
-- published digit.
with compared as (
    select
        said.*, figure.recomputed_value, figure.recomputed,
        coalesce(
            figure.follows,
            -- decimal, rounded half up: 84.05 is published as 84.1
            round((figure.recomputed_value * pow(10, said.printed_digits))::decimal(30, 6))
                = round((said.printed_value * pow(10, said.printed_digits))::decimal(30, 6))
        ) as follows
    from core.published_claim as said
    left join charts.claim_figure as figure using (claim)
)
select
    claim, chart, statement, printed, recomputed,
    case follows when true then 'holds' when false then 'does not follow' else 'cannot be checked' end as verdict,
    replace(explanation, '{recomputed}', coalesce(recomputed, 'nothing')) as explanation,
    printed_value, recomputed_value, source
from compared
