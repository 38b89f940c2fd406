-- core.model has the counters of the newest week, of the models that exist. base.model_week has every week, as before.
alter table core.model add column if not exists downloads_30d_now bigint;
alter table core.model add column if not exists downloads_all_time_now bigint;
alter table core.model add column if not exists likes_now integer;
update core.model set
    downloads_30d_now = reading.downloads_30d,
    downloads_all_time_now = reading.downloads_all_time,
    likes_now = reading.likes
from (from base.model_week where week = (select max(week) from base.model_week)) as reading
where reading.model_key = core.model.model_key and core.model.removed_in is null;
