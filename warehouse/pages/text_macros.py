"""SQL macros that format figures as text for the sentences of the page."""

import duckdb

# DuckDB expands the argument of a macro at each use: fifty times for money(sum(amount_usd)), which then takes longer to
# plan than to compute. As the only element of a list that a lambda reads, it is expanded once.
_MACROS = {
    # At most three significant digits and three decimals, without trailing zeros: 22.1, 0.04, 620. NULL if the value is not
    # a finite number below 1e18: the sentence then decides what to write.
    "finite(x)": "if(isfinite(x::double) and abs(x) < 1e18, x, null)",
    "digits(x)": (
        "list_transform([finite(x)], lambda f: "
        "if(abs(f) >= 999.5, format('{:,}', round(f)::bigint), printf('%.3g', round(f::double, 3))))[1]"
    ),
    "whole(n)": "format('{:,}', finite(n)::bigint)",
    # The unit follows the rounded figure: 999,999 is 1M, not 1,000K.
    "short(n)": (
        "list_transform([n], lambda v: "
        "case when abs(v) >= 999.5e9 then digits(v / 1e12) || 'T' when abs(v) >= 999.5e6 then digits(v / 1e9) || 'B' "
        "when abs(v) >= 999.5e3 then digits(v / 1e6) || 'M' when abs(v) >= 9999.5 then digits(v / 1e3) || 'K' "
        "when abs(v) >= 999.5 then whole(v) else digits(v) end)[1]"
    ),
    "money(n)": "'$' || short(n)",
    "span_of(low, high)": (
        "case when low = high then money(low) "
        "when low is null or high is null then money(coalesce(low, high)) else money(low) || '–' || money(high) end"
    ),
    # A value that rounds to 0 has no sign.
    "signed(x)": "if(digits(abs(x)) = '0', '', if(x < 0, '−', '+')) || digits(abs(x))",
    "percent(x)": "signed(x) || '%'",
    "in_month(d)": "strftime(d, '%B %Y')",
    "on_day(d)": "strftime(d, '%-d %B %Y')",
    "on_date(d, exactness)": (
        "case exactness when 'year' then strftime(d, '%Y') when 'quarter' then 'Q' || quarter(d) || strftime(d, ' %Y') "
        "when 'month' then in_month(d) when 'week' then 'week of ' || on_day(d) else on_day(d) end"
    ),
    # A reported figure with its qualifier: ~280K, 120+.
    "qualified(text, qualifier)": (
        "case qualifier when 'approximate' then '~' || text when 'at_least' then text || '+' else text end"
    ),
    "within(text)": "lower(left(text, 1)) || text[2:]",
    # The warning of a growth_flag.
    "warned(flag)": "if(contains(flag, 'definition_changed'), ', across a change of definition', '')",
    "times(x)": "digits(x) || ' times'",
    # Number of the week. Minus the row number, it is constant until a week is missing: no line is drawn over a gap.
    "week_number(d)": "date_diff('day', date '2000-01-03', d) // 7",
}


def create_text_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros as temporary macros of `connection`."""
    for signature, body in _MACROS.items():
        connection.execute(f"create or replace temp macro {signature} as {body}")
