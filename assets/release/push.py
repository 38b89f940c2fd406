"""The push of a release: an optional step after it, which cannot harm it."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.http.errors import printable
from assets.release.release import RELEASE
from assets.resources import Warehouse

PUSH = dg.AssetKey(["publication", "push"])
IS_PUSHED = "release_is_pushed"


@dg.asset(
    key=PUSH,
    deps=[RELEASE, dg.AssetKey(["publication", "alerts"])],
    group_name="publication",
    kinds={"huggingface"},
    check_specs=[
        dg.AssetCheckSpec(
            IS_PUSHED, asset=PUSH, description="the release is at TIDEGAUGE_PUSH_TO; otherwise the last one stays there"
        )
    ],
)
def push(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[Any]]:
    """Push the release to TIDEGAUGE_PUSH_TO, if it is set. A push that fails is a red check; the next run completes it."""
    from assets.push import push as pushing  # what only a push needs
    from assets.push.destination import PushError

    address = warehouse.settings.push_address
    if address is None:
        yield _result(None, metadata={"pushed": "TIDEGAUGE_PUSH_TO is not set"})
        return
    try:
        release, sent = pushing.push(warehouse.published, address, warehouse.settings)
    except PushError as error:
        yield _result(printable(str(error)), metadata={"address": str(address)})
        return
    yield _result(
        None,
        metadata={
            "address": str(address),
            "release": release.title,
            "files": sent.files,
            "deleted": sent.deleted,
            "megabytes": round(sent.bytes / 1e6, 1),
            **({"stable address": sent.stable_address} if sent.stable_address else {}),
        },
    )


def _result(problem: str | None, metadata: dict[str, Any]) -> dg.MaterializeResult[Any]:
    check = dg.AssetCheckResult(
        check_name=IS_PUSHED,
        passed=problem is None,
        severity=dg.AssetCheckSeverity.ERROR,
        description=problem or "nothing is left to push",
    )
    return dg.MaterializeResult(metadata=metadata, check_results=[check])


def not_pushed(evaluation: dg.AssetCheckEvaluation) -> str | None:
    """Return why a release was not pushed, by the evaluation of any check; None if it is not about that."""
    return evaluation.description if evaluation.check_name == IS_PUSHED and not evaluation.passed else None
