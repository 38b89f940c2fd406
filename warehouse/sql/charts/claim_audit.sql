-- One row for each published claim: whether it follows from the figures of its own publication, and whether a source
-- agrees, first-hand if there is one. A number holds if recomputing it gives every published digit.
with compared as (
    select
        said.*, figure.recomputed_value, figure.recomputed,
        coalesce(
            figure.follows,
            -- decimal, rounded half up: 84.05 is published as 84.1
            round((figure.recomputed_value * pow(10, said.printed_digits))::decimal(30, 6))
                = round((said.printed_value * pow(10, said.printed_digits))::decimal(30, 6))
        ) as follows,
        evidence.figure as source_figure, evidence.finding, evidence.title as source_title,
        evidence.url as source_url, evidence.dated_on as source_dated_on, evidence.certainty as source_certainty,
        evidence.told as source_told,
        coalesce(
            evidence.agrees,
            round((said.printed_value * pow(10, said.printed_digits))::decimal(30, 6))
                between round((evidence.low * pow(10, said.printed_digits))::decimal(30, 6))
                and round((evidence.high * pow(10, said.printed_digits))::decimal(30, 6))
        ) as agrees
    from core.published_claim as said
    left join charts.claim_figure as figure using (claim)
    left join core.claim_evidence as evidence using (claim)
),
judged as (
    select
        *,
        case follows when true then 'holds' when false then 'does not follow' else 'cannot be checked' end as verdict,
        case agrees when true then 'agrees' when false then 'disagrees' else 'no source' end as against_sources,
        replace(explanation, '{recomputed}', coalesce(recomputed, 'nothing')) as reason
    from compared
)
select
    claim, chart, statement, printed, recomputed, verdict, reason as explanation, printed_value, recomputed_value,
    source,
    against_sources, source_figure, source_title, source_url, source_dated_on, source_certainty,
    source_told,
    concat_ws(
        ' ',
        '“' || statement || '” (' || publication.title || '; checked: ' || printed || ')',
        case verdict
            when 'holds' then 'It follows from the figures of the publication.'
            when 'does not follow' then 'It does not follow from the figures of the publication. ' || reason
        end,
        case against_sources
            when 'no source' then coalesce(finding, 'No source is known that decides it.')
            else if(source_told = 'reported', 'A report of others ', 'A first-hand source ')
                || against_sources || ': ' || finding
        end,
        '(' || source_title || ', ' || strftime(source_dated_on, '%-d %B %Y')
        || if(source_certainty = 'likely', '; not verified at the source.)', '.)')
    ) as sentence
from judged
left join meta.source as publication using (source)
