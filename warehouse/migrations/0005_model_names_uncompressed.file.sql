create table core.model_unpacked (
    model_key integer not null,
    hub_id varchar not null using compression uncompressed,
    id varchar not null using compression uncompressed,
    author varchar using compression uncompressed,
    created_at timestamptz not null,
    licence varchar,
    pipeline_tag varchar,
    library varchar,
    gated varchar,
    parameters_b double,
    size_source varchar,
    memory_gb double,
    memory_qualifier varchar,
    name_since date not null,
    first_seen date not null,
    last_seen date not null,
    removed_in date
);
insert into core.model_unpacked by name from core.model order by hub_id;
drop table core.model;
alter table core.model_unpacked rename to model;
