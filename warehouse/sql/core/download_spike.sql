-- One row for each week and model whose downloads spiked.
select spike.week, model.hub_id, spike.downloads_30d, spike.usual, spike.readings, spike.kept
from base.download_spike as spike
join core.model as model using (model_key)
