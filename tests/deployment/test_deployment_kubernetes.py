"""The values for Dagster's Helm chart: its names, and the job that Dagster makes of them for a run."""

import re
from typing import Any

import dagster as dg
import pytest
from deployments import read

VALUES = read("kubernetes/values.yaml")
(DEPLOYMENT,) = VALUES["dagster-user-deployments"]["deployments"]
LAUNCHER = VALUES["runLauncher"]["config"]["k8sRunLauncher"]

# The names that the chart of Dagster 1.13 knows (helm/dagster/values.schema.json of dagster-io/dagster), as far as they could be
# wanted here. What it does not know Helm refuses in some places, and drops without a word in others.
POD = """affinity annotations env envConfigMaps envSecrets labels livenessProbe nodeSelector podSecurityContext readinessProbe
resources schedulerName securityContext startupProbe tolerations volumeMounts volumes"""
NAMES = {
    "": """additionalInstanceConfig computeLogManager concurrency dagster-user-deployments dagsterDaemon dagsterWebserver
        extraManifests generatePostgresqlPasswordSecret global imagePullSecrets ingress migrate postgresql pythonLogs retention
        runLauncher scheduler serviceAccount telemetry""",
    "global": "dagsterHome postgresqlSecretName serviceAccountName",
    "postgresql": """enabled image postgresqlDatabase postgresqlHost postgresqlParams postgresqlPassword postgresqlScheme
        postgresqlUsername service""",
    "dagster-user-deployments": "deployments enableSubchart enabled imagePullSecrets",
    "dagster-user-deployments.deployments.0": f"""{POD} codeServerArgs dagsterApiGrpcArgs image includeConfigInLaunchedRuns
        initContainers name port sidecarContainers""",
    "dagster-user-deployments.deployments.0.image": "pullPolicy repository tag",
    "dagsterWebserver": f"""{POD} dbPoolRecycle dbStatementTimeout deploymentLabels enableReadOnly image logLevel nameOverride
        pathPrefix replicaCount service workspace""",
    "dagsterWebserver.image": "pullPolicy repository tag",
    "dagsterWebserver.service": "annotations port type",
    "dagsterDaemon": f"""{POD} deploymentLabels enabled heartbeatTolerance image runCoordinator runMonitoring runRetries
        schedules sensors""",
    "dagsterDaemon.image": "pullPolicy repository tag",
    "dagsterDaemon.runCoordinator": "config enabled type",
    "dagsterDaemon.runCoordinator.config": "customRunCoordinator queuedRunCoordinator",
    "dagsterDaemon.runCoordinator.config.queuedRunCoordinator": """blockOpConcurrencyLimitedRuns dequeueIntervalSeconds
        dequeueNumWorkers dequeueUseThreads maxConcurrentRuns tagConcurrencyLimits""",
    "dagsterDaemon.runMonitoring": """cancelTimeoutSeconds enabled freeSlotsAfterRunEndSeconds maxResumeRunAttempts
        pollIntervalSeconds startTimeoutSeconds""",
    "dagsterDaemon.runRetries": "enabled maxRetries retryOnAssetOrOpFailure",
    "runLauncher": "config type",
    "runLauncher.config": "celeryK8sRunLauncher customRunLauncher k8sRunLauncher",
    "runLauncher.config.k8sRunLauncher": """envConfigMaps envSecrets envVars failPodOnRunFailure image imagePullPolicy
        jobNamespace kubeconfigFile labels loadInclusterConfig resources runK8sConfig schedulerName securityContext volumeMounts
        volumes""",
    "runLauncher.config.k8sRunLauncher.runK8sConfig": """containerConfig jobMetadata jobSpecConfig podSpecConfig
        podTemplateSpecMetadata""",
    "retention": "autoMaterialize enabled schedule sensor",
    "telemetry": "enabled",
}


@pytest.mark.parametrize("place", NAMES)
def test_the_chart_knows_every_name(place):
    section: Any = VALUES
    for name in filter(None, place.split(".")):
        section = section[int(name) if name.isdigit() else name]
    assert section.keys() <= set(NAMES[place].split())


def test_each_run_is_a_job_that_can_do_no_more_than_the_code_server(tmp_path):
    """Dagster's own launcher makes it, of what the chart's templates hand on."""
    from dagster_k8s import K8sRunLauncher
    from dagster_k8s.container_context import K8sContainerContext
    from dagster_k8s.job import construct_dagster_k8s_job
    from kubernetes import client

    (tmp_path / "kubeconfig").write_text(
        "{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}], "
        "clusters: [{name: a, cluster: {server: 'http://127.0.0.1:9'}}], users: [{name: a, user: {}}]}"
    )
    run_k8s_config = {re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", k): v for k, v in LAUNCHER["runK8sConfig"].items()}
    launcher = K8sRunLauncher(
        service_account_name="tidegauge-dagster",
        dagster_home=VALUES["global"]["dagsterHome"],
        instance_config_map="tidegauge-dagster-instance",
        postgres_password_secret=VALUES["global"]["postgresqlSecretName"],
        load_incluster_config=False,
        kubeconfig_file=str(tmp_path / "kubeconfig"),
        run_k8s_config=run_k8s_config,
    )
    handed_on = {
        "env": DEPLOYMENT["env"],
        "env_secrets": [one["name"] for one in DEPLOYMENT["envSecrets"]],
        "volumes": DEPLOYMENT["volumes"],
        "volume_mounts": DEPLOYMENT["volumeMounts"],
    }
    run = dg.DagsterRun("weekly_refresh")
    context = K8sContainerContext.create_for_run(run, launcher, include_run_tags=False).merge(
        K8sContainerContext.create_from_config({"k8s": handed_on})
    )
    config = context.get_k8s_job_config("localhost/tidegauge:0.2.0", launcher)
    job = construct_dagster_k8s_job(config, ["dagster", "api", "execute_run"], "a-run", context.run_k8s_config, "a-run")
    made = client.ApiClient().sanitize_for_serialization(job)["spec"]
    pod = made["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"] == DEPLOYMENT["podSecurityContext"]
    assert container["securityContext"] == DEPLOYMENT["securityContext"]
    assert container["resources"]["limits"] == {"memory": "4Gi"}
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/data", "/tmp"}
    assert {"secretRef": {"name": "tidegauge"}} in container["envFrom"]
    (password,) = [one["valueFrom"]["secretKeyRef"] for one in container["env"] if one["name"] == "DAGSTER_PG_PASSWORD"]
    assert password == {"name": "tidegauge-postgresql", "key": "postgresql-password"}
    assert all(one in container["env"] for one in DEPLOYMENT["env"])
    assert (made["activeDeadlineSeconds"], made["backoffLimit"], pod["restartPolicy"]) == (21600, 0, "Never")


def assert_fits(model: Any, form: dict[str, Any]) -> None:
    """Make a model of Kubernetes of it, which refuses names that it does not know."""
    from dagster_k8s.models import k8s_model_from_dict, k8s_snake_case_dict

    k8s_model_from_dict(model, k8s_snake_case_dict(model, form))


def test_the_pods_are_of_their_form():
    from kubernetes import client

    for one in (DEPLOYMENT, VALUES["dagsterWebserver"], VALUES["dagsterDaemon"]):
        for name, model in (
            ("podSecurityContext", client.V1PodSecurityContext),
            ("securityContext", client.V1SecurityContext),
            ("resources", client.V1ResourceRequirements),
            ("readinessProbe", client.V1Probe),
        ):
            if name in one:
                assert_fits(model, one[name])
        assert one["podSecurityContext"]["runAsNonRoot"]
        assert one["securityContext"]["readOnlyRootFilesystem"]


def test_what_has_to_be_there_before_is_of_its_form_and_fits():
    from kubernetes import client

    claim, *policies = read("kubernetes/before.yaml")
    assert_fits(client.V1PersistentVolumeClaim, claim)
    claimed = [
        one["persistentVolumeClaim"]["claimName"] for one in DEPLOYMENT["volumes"] if "persistentVolumeClaim" in one
    ]
    assert claimed == [claim["metadata"]["name"]]
    for policy in policies:
        assert_fits(client.V1NetworkPolicy, policy)
    (rule,) = policies[1]["spec"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": DEPLOYMENT["port"]}]


def test_the_pages_answer_where_they_are_asked_whether_they_are_ready():
    webserver = VALUES["dagsterWebserver"]
    assert webserver["readinessProbe"]["httpGet"]["port"] == webserver["service"]["port"]
    assert webserver["service"]["type"] == "ClusterIP"
    assert "replicaCount" not in webserver, "it counts for the read-only server as well"
