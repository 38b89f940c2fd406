-- One row for each source of what the page shows: its title, licence and citation.
select source, title, licence, citation
from meta.source
where
    source in (select distinct source from growth.series where metric in ('hub_models', 'hub_downloads'))
    or source in (select source from charts.community)
    or source in (select source from charts.rating_and_downloads)
    or source in (select source from core.token_price)
order by source
