-- DuckDB cannot move a table to another schema: each is created there, filled in the same order, and dropped here.
-- An earlier database may not have all of them yet.
create schema if not exists base;

create table if not exists core.model_reading (
    week date not null,
    model_key integer not null,
    downloads_30d bigint,
    downloads_all_time bigint,
    likes integer
);
create table if not exists base.model_week (
    week date not null,
    model_key integer not null,
    downloads_30d bigint,
    downloads_all_time bigint,
    likes integer
);
insert into base.model_week by name from core.model_reading;
drop table core.model_reading;

create table if not exists core.former_name (
    hub_id varchar not null,
    id varchar not null,
    first_seen date not null,
    last_seen date not null
);
create table if not exists base.model_name (
    hub_id varchar not null,
    id varchar not null,
    first_seen date not null,
    last_seen date not null
);
insert into base.model_name by name from core.former_name;
drop table core.former_name;

create table if not exists core.model_change (
    week date not null,
    model_key integer not null,
    event varchar not null,
    before varchar,
    after varchar
);
create table if not exists base.model_event (
    week date not null,
    model_key integer not null,
    event varchar not null,
    before varchar,
    after varchar
);
insert into base.model_event by name from core.model_change;
drop table core.model_change;

create table if not exists core.restated_counter (
    week date not null,
    model_key integer not null,
    counter varchar not null,
    kind varchar not null,
    before bigint not null,
    after bigint not null,
    amount bigint not null
);
create table if not exists base.counter_restatement (
    week date not null,
    model_key integer not null,
    counter varchar not null,
    kind varchar not null,
    before bigint not null,
    after bigint not null,
    amount bigint not null
);
insert into base.counter_restatement by name from core.restated_counter;
drop table core.restated_counter;

create table if not exists core.spiking_model (
    week date not null,
    model_key integer not null,
    downloads_30d bigint not null,
    usual double,
    readings bigint not null,
    kept bigint not null
);
create table if not exists base.download_spike (
    week date not null,
    model_key integer not null,
    downloads_30d bigint not null,
    usual double,
    readings bigint not null,
    kept bigint not null
);
insert into base.download_spike by name from core.spiking_model;
drop table core.spiking_model;

create table if not exists core.lineage_edge (
    child_key integer not null,
    parent_key integer not null,
    relation varchar,
    told_by varchar not null,
    first_seen date not null,
    last_seen date not null
);
create table if not exists base.model_edge (
    child_key integer not null,
    parent_key integer not null,
    relation varchar,
    told_by varchar not null,
    first_seen date not null,
    last_seen date not null
);
insert into base.model_edge by name from core.lineage_edge;
drop table core.lineage_edge;

create table if not exists core.lineage_ancestor (
    model_key integer not null,
    ancestor_key integer not null,
    depth smallint not null
);
create table if not exists base.model_ancestor (
    model_key integer not null,
    ancestor_key integer not null,
    depth smallint not null
);
insert into base.model_ancestor by name from core.lineage_ancestor;
drop table core.lineage_ancestor;

create table if not exists core.lineage_root (
    model_key integer not null,
    root_key integer not null,
    depth smallint not null,
    is_primary boolean not null
);
create table if not exists base.model_family (
    model_key integer not null,
    root_key integer not null,
    depth smallint not null,
    is_primary boolean not null
);
insert into base.model_family by name from core.lineage_root;
drop table core.lineage_root;

create table if not exists core.form_d_filing_version (
    source varchar not null,
    accession_number varchar not null,
    company varchar not null,
    cik bigint not null,
    issuer_name varchar not null,
    issuers integer not null,
    filed_on date not null,
    is_amendment boolean not null,
    amends varchar,
    first_sale_on date,
    offered_usd double,
    sold_usd double not null,
    remaining_usd double,
    industry varchar not null,
    is_equity boolean not null,
    is_debt boolean not null,
    exclusion varchar,
    evidence_url varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
create table if not exists base.form_d_filing (
    source varchar not null,
    accession_number varchar not null,
    company varchar not null,
    cik bigint not null,
    issuer_name varchar not null,
    issuers integer not null,
    filed_on date not null,
    is_amendment boolean not null,
    amends varchar,
    first_sale_on date,
    offered_usd double,
    sold_usd double not null,
    remaining_usd double,
    industry varchar not null,
    is_equity boolean not null,
    is_debt boolean not null,
    exclusion varchar,
    evidence_url varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
insert into base.form_d_filing by name from core.form_d_filing_version;
drop table core.form_d_filing_version;

create table if not exists core.funding_round_version (
    source varchar not null,
    source_id varchar not null,
    kind varchar not null,
    company varchar not null,
    status varchar not null,
    amount_usd double,
    announced_on date,
    date_precision varchar,
    excluded varchar,
    note varchar,
    evidence_url varchar,
    company_as_named varchar not null,
    type varchar,
    valuation_usd double,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
create table if not exists base.funding_round (
    source varchar not null,
    source_id varchar not null,
    kind varchar not null,
    company varchar not null,
    status varchar not null,
    amount_usd double,
    announced_on date,
    date_precision varchar,
    excluded varchar,
    note varchar,
    evidence_url varchar,
    company_as_named varchar not null,
    type varchar,
    valuation_usd double,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
insert into base.funding_round by name from core.funding_round_version;
drop table core.funding_round_version;

create table if not exists core.benchmark_score_version (
    benchmark varchar not null,
    model varchar not null,
    model_group varchar,
    published_on date,
    score double not null,
    unit varchar not null,
    low double,
    high double,
    votes bigint,
    rank integer,
    organisation varchar,
    licence varchar,
    openness varchar not null,
    released_on date,
    evidence_url varchar not null,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
create table if not exists base.benchmark_score (
    benchmark varchar not null,
    model varchar not null,
    model_group varchar,
    published_on date,
    score double not null,
    unit varchar not null,
    low double,
    high double,
    votes bigint,
    rank integer,
    organisation varchar,
    licence varchar,
    openness varchar not null,
    released_on date,
    evidence_url varchar not null,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
insert into base.benchmark_score by name from core.benchmark_score_version;
drop table core.benchmark_score_version;

create table if not exists core.inference_result_version (
    model varchar,
    parameters_b double,
    hardware varchar,
    gpus integer,
    framework varchar not null,
    precision varchar,
    disaggregated boolean,
    settings varchar not null,
    isl integer,
    osl integer,
    concurrency integer,
    counted_per varchar not null,
    run varchar not null,
    measured_on date,
    output_tokens_per_second double,
    total_tokens_per_second double,
    prompt_tokens_per_second double,
    median_ttft_s double,
    median_tpot_s double,
    median_e2el_s double,
    p99_ttft_s double,
    evidence_url varchar,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
create table if not exists base.inference_result (
    model varchar,
    parameters_b double,
    hardware varchar,
    gpus integer,
    framework varchar not null,
    precision varchar,
    disaggregated boolean,
    settings varchar not null,
    isl integer,
    osl integer,
    concurrency integer,
    counted_per varchar not null,
    run varchar not null,
    measured_on date,
    output_tokens_per_second double,
    total_tokens_per_second double,
    prompt_tokens_per_second double,
    median_ttft_s double,
    median_tpot_s double,
    median_e2el_s double,
    p99_ttft_s double,
    evidence_url varchar,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
insert into base.inference_result by name from core.inference_result_version;
drop table core.inference_result_version;

create table if not exists core.training_run_version (
    model varchar not null,
    organisations varchar,
    published_on date not null,
    date_precision varchar not null,
    domain varchar,
    parameters_b double,
    accessibility varchar,
    open_weights boolean,
    base_model varchar,
    training_flop double,
    finetune_flop double,
    training_hours double,
    hardware varchar,
    hardware_quantity double,
    mfu double,
    chip_hours double,
    cost_amortised_usd_2023 double,
    cost_cloud_usd double,
    cost_upfront_usd double,
    confidence varchar,
    flop_method varchar,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
create table if not exists base.training_run (
    model varchar not null,
    organisations varchar,
    published_on date not null,
    date_precision varchar not null,
    domain varchar,
    parameters_b double,
    accessibility varchar,
    open_weights boolean,
    base_model varchar,
    training_flop double,
    finetune_flop double,
    training_hours double,
    hardware varchar,
    hardware_quantity double,
    mfu double,
    chip_hours double,
    cost_amortised_usd_2023 double,
    cost_cloud_usd double,
    cost_upfront_usd double,
    confidence varchar,
    flop_method varchar,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
insert into base.training_run by name from core.training_run_version;
drop table core.training_run_version;

create table if not exists core.accelerator_version (
    hardware varchar not null,
    manufacturer varchar,
    kind varchar,
    released_on date,
    date_precision varchar,
    release_price_usd double,
    tensor_fp16_flop_per_s double,
    tf32_flop_per_s double,
    fp32_flop_per_s double,
    fp16_flop_per_s double,
    memory_gb double,
    memory_bandwidth_gb_per_s double,
    tdp_w double,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
create table if not exists base.accelerator (
    hardware varchar not null,
    manufacturer varchar,
    kind varchar,
    released_on date,
    date_precision varchar,
    release_price_usd double,
    tensor_fp16_flop_per_s double,
    tf32_flop_per_s double,
    fp32_flop_per_s double,
    fp16_flop_per_s double,
    memory_gb double,
    memory_bandwidth_gb_per_s double,
    tdp_w double,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
insert into base.accelerator by name from core.accelerator_version;
drop table core.accelerator_version;

create table if not exists core.gpu_price_version (
    hardware varchar not null,
    vendor varchar not null,
    instance varchar,
    term varchar not null,
    region varchar not null,
    priced_on date not null,
    price_per_hour_usd double not null,
    gpus integer not null,
    price_per_chip_hour_usd double,
    evidence varchar not null,
    note varchar,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
create table if not exists base.gpu_price (
    hardware varchar not null,
    vendor varchar not null,
    instance varchar,
    term varchar not null,
    region varchar not null,
    priced_on date not null,
    price_per_hour_usd double not null,
    gpus integer not null,
    price_per_chip_hour_usd double,
    evidence varchar not null,
    note varchar,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
insert into base.gpu_price by name from core.gpu_price_version;
drop table core.gpu_price_version;

create table if not exists core.cost_assumption_version (
    assumption varchar not null,
    low double not null,
    high double not null,
    unit varchar not null,
    meaning varchar not null,
    evidence varchar not null,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
create table if not exists base.cost_assumption (
    assumption varchar not null,
    low double not null,
    high double not null,
    unit varchar not null,
    meaning varchar not null,
    evidence varchar not null,
    source varchar not null,
    recorded_at timestamptz not null,
    is_withdrawn boolean not null
);
insert into base.cost_assumption by name from core.cost_assumption_version;
drop table core.cost_assumption_version;

update meta.week_checksum set table_name = 'base.model_week' where table_name = 'core.model_reading';
