-- core.model has the counters of the newest week, of the models that exist. base.model_week has every week, as before.
alter table core.model add column if not exists downloads_30d_now bigint;
alter table core.model add column if not exists downloads_all_time_now bigint;
alter table core.model add column if not exists likes_now integer;
-- Through a small table of its own, DuckDB updates rows in the order in which they are stored: seconds, not a minute.
create or replace temp table newest_counter as
    select model_key, downloads_30d, downloads_all_time, likes
    from base.model_week
    where week = (select max(week) from base.model_week);
update core.model set
    downloads_30d_now = newest.downloads_30d,
    downloads_all_time_now = newest.downloads_all_time,
    likes_now = newest.likes
from newest_counter as newest
where newest.model_key = core.model.model_key and core.model.removed_in is null;
drop table newest_counter;
