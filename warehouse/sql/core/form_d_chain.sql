-- One row for each Form D filing that counts: its chain of amendments and its position in it.
--
-- An amendment follows the filing that it names. If that filing is unknown, it joins the issuer's only offering with
-- the same first sale; otherwise the amendments with the same first sale or the same unknown predecessor form a chain.
with recursive filing as (
    from core.form_d_filing where exclusion is null
),
named as (
    select filing.source, filing.accession_number, earlier.accession_number as predecessor
    from filing
    left join filing as earlier
        on filing.is_amendment
        and earlier.source = filing.source
        and earlier.cik = filing.cik
        and earlier.accession_number = filing.amends
),
before as (
    select source, accession_number, predecessor as ancestor from named where predecessor is not null
    union
    select before.source, before.accession_number, named.predecessor
    from before
    join named on named.source = before.source and named.accession_number = before.ancestor
    where named.predecessor is not null
),
-- Filings that name each other in a circle: the chain begins with the first of them.
circle as (
    select source, accession_number, min(ancestor) as member
    from before
    group by all
    having bool_or(ancestor = accession_number)
),
beginning as (
    select source, accession_number
    from circle
    join filing using (source, accession_number)
    qualify row_number() over (partition by source, member order by filed_on, accession_number) = 1
),
link as (
    select named.source, named.accession_number, if(beginning.source is null, predecessor, null) as predecessor
    from named
    left join beginning using (source, accession_number)
),
root as (
    select
        filing.*,
        if(amends is null, first_sale_on, min(first_sale_on) over (partition by source, cik, amends)) as sale_on
    from filing
    join link using (source, accession_number)
    where predecessor is null
),
-- Two notices with one first sale are two offerings: an amendment cannot be assigned to one of them.
notice as (
    select source, cik, sale_on, any_value(accession_number) as accession_number
    from root
    where not is_amendment and sale_on is not null
    group by all
    having count(*) = 1
),
anchored as (
    select
        root.source, root.accession_number, root.is_amendment, root.filed_on,
        case
            when not root.is_amendment then root.accession_number
            when notice.accession_number is not null then notice.accession_number
            when sale_on is null and amends is null then root.accession_number
            else first_value(root.accession_number) over (
                partition by source, cik, root.is_amendment, sale_on, if(sale_on is null, amends, null)
                order by filed_on, root.accession_number
            )
        end as chain
    from root
    left join notice using (source, cik, sale_on)
),
step as (
    select
        anchored.source, anchored.accession_number, chain,
        if(chain = anchored.accession_number, 0, 1) as depth,
        greatest(anchored.filed_on, first.filed_on) as effective_on,
        case
            when not anchored.is_amendment then 'notice'
            when chain = anchored.accession_number then 'alone'
            else 'same_first_sale'
        end as link
    from anchored
    join filing as first on first.source = anchored.source and first.accession_number = anchored.chain
    union all
    select
        filing.source, filing.accession_number, chain, depth + 1, greatest(step.effective_on, filing.filed_on), 'amends'
    from step
    join link on link.source = step.source and link.predecessor = step.accession_number
    join filing on filing.source = link.source and filing.accession_number = link.accession_number
)
select
    source, chain, row_number() over following as position, accession_number, company, cik, filed_on, effective_on,
    link, first_sale_on, offered_usd, sold_usd,
    sold_usd - coalesce(lag(sold_usd) over following, 0) as new_money_usd,
    remaining_usd, is_equity, is_debt,
    lead(accession_number) over following is null as is_latest,
    evidence_url
from step
join filing using (source, accession_number)
window following as (partition by source, chain order by effective_on, depth, accession_number)
