"""`tidegauge demo`: the weekly refresh over twelve simulated weeks, against the sandbox, in a separate folder."""

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets.resources import Clock
from assets.settings import NOT_PUSHED, Settings
from pipelines.commands.terminal import TerminalProgress
from pipelines.console import ExitCode
from pipelines.dagster_storage import write_instance_config
from pipelines.outcome import Outcome
from pipelines.refresh import refresh
from pipelines.sandbox.hub.routes import HubOptions
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.services.sec import SEC_ISSUERS
from warehouse.database.file_modes import private_folder

WEEKS = 12
MODELS = 5000
# The working database of a demonstration, whatever the settings are for live rows.
IN_A_FILE = {"TIDEGAUGE_WAREHOUSE": "file", "TIDEGAUGE_WORKERS": "1"}
# Keys, contact and issuers that the sandbox accepts.
KEYS = {
    "HF_TOKEN": "hf_sandbox",
    "TIDEGAUGE_CONTACT": "Tidegauge demonstration sandbox@example.org",
    "TIDEGAUGE_SEC_ISSUERS": str(SEC_ISSUERS),
    "TIDEGAUGE_REDDIT_CLIENT_ID": "sandbox",
    "TIDEGAUGE_REDDIT_CLIENT_SECRET": "sandbox",
    "TIDEGAUGE_REPLICATE_TOKEN": "r8_sandbox",
    "TIDEGAUGE_GITHUB_TOKEN": "ghp_sandbox",
}


def demonstrate(
    weeks: int = WEEKS,
    models: int = MODELS,
    on_release: Callable[[Path, datetime], None] = lambda _folder, _now: None,
    home: Path | None = None,
    where: Mapping[str, str] = IN_A_FILE,
    port: int = 0,
) -> tuple[Outcome, Path]:
    """Run `weeks` refreshes against a sandbox of `models` models; return the last outcome and the published folder.

    `on_release` is called after each release with the published folder and the simulated time. `home` is by default demo/
    below TIDEGAUGE_HOME; `where` are the settings of the working database, `port` is that of the sandbox, 0 for any.

    Overrides the environment's addresses and keys for this process: every request goes to the sandbox, and
    nothing is pushed.
    """
    home = home or Settings().home.absolute() / "demo"
    for folder in ("working", "published", "dagster"):
        shutil.rmtree(home / folder, ignore_errors=True)
    instance_folder = home / "dagster"
    private_folder(instance_folder)
    write_instance_config(instance_folder)
    with Sandbox(models=models, port=port, hub=HubOptions(odd_pages=True)) as sandbox, TerminalProgress() as progress:
        os.environ |= {
            "TIDEGAUGE_HOME": str(home), "TIDEGAUGE_SWITCHED_OFF": "", "TIDEGAUGE_PUSH_TO": NOT_PUSHED,
            **where, **sandbox.addresses, **KEYS,
        }  # fmt: skip
        settings = Settings()
        with dg.DagsterInstance.from_config(str(instance_folder)) as instance:
            for week in range(weeks):
                sandbox.week = week
                now = sandbox.world.now(week).astimezone(UTC)
                progress.week(week + 1, weeks, now)
                outcome = refresh(instance, Clock(simulated_now=now.isoformat()), progress, settings)
                progress.week_done(outcome.exit_code)
                if outcome.exit_code != ExitCode.WELL:
                    break
                on_release(home / "published", now)
    return outcome, home / "published"
