"""Milestones and alerts: stored before a release, sent afterwards."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.http.notification import Alert
from assets.release.release import RELEASE
from assets.resources import Clock, Receiver, Warehouse
from assets.table_asset import asset_key, asset_spec, constraints_check, constraints_passed
from warehouse.release.alerts import Event, keep_new, mark_sent, unsent
from warehouse.tables.events import ALERTS, EVENT, MILESTONE


@dg.multi_asset(
    name="events",
    specs=[asset_spec(EVENT, group="publication", kinds={"duckdb"}, deps=[asset_key(MILESTONE)])],
    check_specs=[constraints_check(EVENT)],
)
def events(warehouse: Warehouse, clock: Clock) -> Iterator[dg.MaterializeResult[Any]]:
    """Each event is stored when it is first found, and stays whatever is corrected later."""
    with warehouse.writing() as connection:
        new = keep_new(connection, clock.now())
        rows = connection.execute("select count(*) from meta.event").fetchall()[0][0]
    yield dg.MaterializeResult(
        asset_key=asset_key(EVENT),
        metadata={"dagster/row_count": rows, "new": new},
        check_results=[constraints_passed(EVENT)],
    )


@dg.asset(
    key=["publication", "alerts"],
    deps=[RELEASE],
    group_name="publication",
    kinds={"json"},
)
def alerts(
    context: dg.AssetExecutionContext, warehouse: Warehouse, clock: Clock, receiver: Receiver
) -> dg.MaterializeResult[Any]:
    """Send each new event of the release to TIDEGAUGE_ALERT_URL once; the next refresh retries what was not accepted."""
    with warehouse.reading() as connection:
        waiting = unsent(connection, clock.now())
    wanted = [event for event in waiting if receiver.wants(event.origin)]
    sent = 0
    for event in wanted:
        refused = receiver.send(_alert(event))
        if refused is not None:
            # The next one would fail in the same way.
            context.log.warning(
                f"TIDEGAUGE_ALERT_URL did not accept {event.event}: {refused}. Kept: {len(wanted) - sent} alerts, which the "
                "next refresh sends."
            )
            break
        with warehouse.writing() as connection:
            mark_sent(connection, event, clock.now())
        sent += 1
    return dg.MaterializeResult(metadata={"sent": sent, "waiting": len(wanted) - sent})


def _alert(event: Event) -> Alert:
    """Return an event as it is sent: news of the figures, or an alert with the page that says what to do."""
    is_news = event.kind not in ALERTS
    to_do = "" if is_news else f"\nTo do: docs/operations.md#{event.kind}"
    return Alert(
        f"Tidegauge: {event.kind.replace('_', ' ')}",
        f"{event.statement}{to_do}",
        "info" if is_news else "warning",
        event.message(),
    )
