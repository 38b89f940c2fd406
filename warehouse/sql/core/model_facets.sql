-- One row for each model: its facets when last seen.
select
    model.hub_id, facet_set.formats, facet_set.languages, facet_set.quantisation, facet_set.bits, facet_set.region,
    stored.datasets
from base.model_facets as stored
join core.model as model using (model_key)
join core.facet_set as facet_set using (facet_set)
