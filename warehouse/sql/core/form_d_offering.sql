-- One row for each offering, which is a chain of Form D filings: its latest filing and the range of filing days.
select
    source, chain, company, cik,
    count(*) over whole as filings, min(filed_on) over whole as first_filed_on,
    max(filed_on) over whole as last_filed_on, accession_number as latest_accession_number, first_sale_on, offered_usd,
    sold_usd, remaining_usd, is_equity, is_debt,
    string_agg(distinct link, ', ' order by link) filter (link in ('alone', 'same_first_sale')) over whole as doubt,
    evidence_url
from core.form_d_chain
window whole as (partition by source, chain)
qualify is_latest
