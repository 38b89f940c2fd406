-- One row for each accelerator, source and method: the cost of an hour, either wear and energy of an owned accelerator
-- or the rent under a three-year commitment.
with assumed as (
    select map(list(assumption), list(low)) as low, map(list(assumption), list(high)) as high from core.cost_assumption
),
chip as (
    select
        hardware, source, released_on, release_price_usd, tdp_w,
        coalesce(
            tensor_fp16_flop_per_s, if(kind = 'TPU', fp16_flop_per_s, null), tf32_flop_per_s, fp32_flop_per_s
        ) as peak_flop_per_s
    from core.accelerator
),
worn as (
    select
        chip.*,
        -- Price of the server with its share of the network, times its yearly decline in orders of magnitude.
        release_price_usd * low['server_overhead'] / (1 - low['interconnect_share'])
            * low['price_decline_oom_per_year'] * ln(10) / 8766 as wear_low,
        release_price_usd * high['server_overhead'] / (1 - high['interconnect_share'])
            * high['price_decline_oom_per_year'] * ln(10) / 8766 as wear_high,
        tdp_w / 1000 * low['server_power'] * low['pue'] * low['electricity_usd_per_kwh'] as energy_low,
        tdp_w / 1000 * high['server_power'] * high['pue'] * high['electricity_usd_per_kwh'] as energy_high,
        low, high
    from chip, assumed
),
term as (
    select
        hardware, vendor, term, priced_on, price_per_chip_hour_usd,
        price_per_chip_hour_usd * if(
            term = 'committed_3y', 1, 1 - low['committed_3y_discount_' || lower(replace(vendor, ' ', '_'))]
        ) as committed_usd
    from (
        -- The first price of each offer is the nearest to the training runs; some have fallen by half since.
        from core.gpu_price
        qualify row_number() over (partition by hardware, vendor, term, region order by priced_on) = 1
    ), assumed
    where term in ('committed_3y', 'on_demand')
    -- Prefer a published committed price to one computed from the list price.
    qualify term = 'committed_3y'
        or not bool_or(term = 'committed_3y') over (partition by hardware, vendor, region)
),
rented as (
    select
        chip.hardware, chip.source, chip.released_on, chip.peak_flop_per_s, 'rented' as method,
        min(committed_usd) as price_low_usd, max(committed_usd) as price_high_usd,
        string_agg(
            format(
                '{} {}: ${:.4g} an hour{}', vendor, year(priced_on), committed_usd,
                if(
                    term = 'on_demand',
                    format(' (${:.4g} on demand, less its 3-year discount)', price_per_chip_hour_usd),
                    ''
                )
            ),
            '; ' order by committed_usd, vendor
        ) as arithmetic
    from chip
    join term on chip.hardware = term.hardware or starts_with(chip.hardware, term.hardware || ' ')
    where committed_usd is not null
    group by all
)
select
    hardware, source, released_on, peak_flop_per_s, 'amortised' as method,
    wear_low + energy_low as price_low_usd, wear_high + energy_high as price_high_usd,
    format(
        'wear: ${:.6g} x {:.3g}-{:.3g} (server) / (1 - {:.2g}) (network) x {:.2g} x ln 10 / 8766 h = ${:.4g}-{:.4g}; '
        'energy: {:.3g} kW x {:.3g}-{:.3g} (server) x {:.3g}-{:.3g} (PUE) x ${:.3g} = ${:.3g}-{:.3g}',
        release_price_usd, low['server_overhead'], high['server_overhead'], low['interconnect_share'],
        low['price_decline_oom_per_year'], wear_low, wear_high, tdp_w / 1000, low['server_power'], high['server_power'],
        low['pue'], high['pue'], low['electricity_usd_per_kwh'], energy_low, energy_high
    ) as arithmetic
from worn
where wear_low is not null and energy_low is not null
union all by name
from rented
