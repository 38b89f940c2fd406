select spike.week, model.hub_id, spike.downloads_30d, spike.usual, spike.readings, spike.kept
from core.spiking_model as spike
join core.model as model using (model_key)
