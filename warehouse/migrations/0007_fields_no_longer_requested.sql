-- The walk no longer requests these fields, so that they are missing on purpose: without this, the next refresh would
-- report a changed format. An earlier database may not have the table yet.
create table if not exists meta.answer_field (
    source varchar not null,
    field varchar not null,
    types varchar not null,
    types_before varchar,
    retyped_on date,
    first_seen_on date not null,
    last_seen_on date not null,
    last_looked_on date not null,
    times_seen integer not null,
    times_missed integer not null
);
delete from meta.answer_field
where source in ('hugging_face_hub', 'sandbox_hub')
    and field in ('[].disabled', '[].lastModified', '[].sha', '[].trendingScore');
