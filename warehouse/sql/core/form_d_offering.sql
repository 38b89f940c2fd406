select
    latest.source, latest.chain, latest.company, latest.cik, filings, first_filed_on, last_filed_on,
    latest.accession_number as latest_accession_number, latest.first_sale_on, latest.offered_usd, latest.sold_usd,
    latest.remaining_usd, latest.is_equity, latest.is_debt, doubt, latest.evidence_url
from core.form_d_chain as latest
join (
    select
        source, chain, count(*) as filings, min(filed_on) as first_filed_on, max(filed_on) as last_filed_on,
        string_agg(distinct link, ', ' order by link) filter (link in ('alone', 'same_first_sale')) as doubt
    from core.form_d_chain
    group by all
) using (source, chain)
where latest.is_latest
