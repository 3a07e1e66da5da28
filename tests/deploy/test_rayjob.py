"""The RayJob, held to the fields of its operator, to Kubernetes' schema, to Ray's autoscaler."""

import os
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from ray.autoscaler._private.kuberay import autoscaling_config

from search.options import search_parser
from tests.deploy.dockerfile import stages

ROOT = Path(__file__).parents[2]
OPERATOR = "1.5.1"
"""Version of KubeRay whose fields these are."""

JOB = {
    "entrypoint": str,
    "backoffLimit": int,
    "activeDeadlineSeconds": int,
    "shutdownAfterJobFinishes": bool,
    "ttlSecondsAfterFinished": int,
    "submissionMode": str,
    "rayClusterSpec": dict,
}
CLUSTER = {
    "rayVersion": str,
    "authOptions": dict,
    "enableInTreeAutoscaling": bool,
    "autoscalerOptions": dict,
    "headGroupSpec": dict,
    "workerGroupSpecs": list,
}
AUTOSCALER = {
    "version": str,
    "upscalingMode": str,
    "idleTimeoutSeconds": int,
    "resources": dict,
}
HEAD = {"rayStartParams": dict, "template": dict}
GROUP = {"groupName": str, "minReplicas": int, "replicas": int, "maxReplicas": int, **HEAD}
"""The documented fields that the file uses, and their types."""


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    text = (ROOT / "deploy" / "kubernetes" / "rayjob.yaml").read_text()
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.fixture(scope="module")
def job(manifest: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = manifest["spec"]
    return found


@pytest.fixture(scope="module")
def cluster(job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = job["rayClusterSpec"]
    return found


def groups(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    return [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]


def containers(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for group in groups(cluster) for each in group["template"]["spec"]["containers"]]


def test_every_field_is_one_that_the_operator_documents(
    manifest: dict[str, Any], job: dict[str, Any], cluster: dict[str, Any]
) -> None:
    assert (manifest["apiVersion"], manifest["kind"]) == ("ray.io/v1", "RayJob")
    parts = [(job, JOB), (cluster, CLUSTER), (cluster["autoscalerOptions"], AUTOSCALER)]
    parts += [(cluster["headGroupSpec"], HEAD)]
    parts += [(group, GROUP) for group in cluster["workerGroupSpecs"]]
    for part, fields in parts:
        assert set(part) == set(fields)
        assert {name: type(value) for name, value in part.items()} == fields
    for group in groups(cluster):
        assert all(type(value) is str for value in group["rayStartParams"].values())


def strict(schema: Any) -> Any:
    """The schema of a custom resource as JSON Schema that knows no other fields."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(value) for name, value in schema.items()}
    if found.pop("x-kubernetes-int-or-string", False):
        found.pop("type", None)
    if isinstance(found.get("properties"), dict):
        found.setdefault("additionalProperties", False)
    return found


@pytest.mark.skipif(
    "KUBERAY_CRD" not in os.environ,
    reason="KUBERAY_CRD names no file: ray.io_rayjobs.yaml of the operator, which no package has",
)
def test_the_schema_of_the_operator_takes_it(job: dict[str, Any]) -> None:
    definition = yaml.safe_load(Path(os.environ["KUBERAY_CRD"]).read_text())
    (version,) = [each for each in definition["spec"]["versions"] if each["name"] == "v1"]
    schema = strict(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
    jsonschema.validate(job, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**job, "backofLimit": 3}, schema)


def test_kubernetes_takes_every_pod(cluster: dict[str, Any]) -> None:
    for group in groups(cluster):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
        pod["spec"] = group["template"]["spec"]
        kubernetes_validate.validate(pod, "1.33", strict=True)


def test_pods_run_as_the_user_of_the_image_and_may_do_nothing_else(
    cluster: dict[str, Any],
) -> None:
    (user,) = stages(ROOT / "deploy" / "Dockerfile")["cpu"].texts("USER")
    for group in groups(cluster):
        pod = group["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert user == "{runAsUser}:{runAsGroup}".format_map(pod["securityContext"])
        assert pod["restartPolicy"] == "Never"  # as the second autoscaler wants it
    for each in containers(cluster):
        assert each["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        # Less memory than asked for is a worker that the kernel ends.
        assert each["resources"]["requests"] == each["resources"]["limits"]


def test_ray_grows_it_from_no_worker_to_a_thousand_trials(cluster: dict[str, Any]) -> None:
    resource = {"metadata": {"name": "latentune", "namespace": "default"}, "spec": cluster}
    found = autoscaling_config._derive_autoscaling_config_from_ray_cr(resource)
    kinds = found["available_node_types"]
    assert kinds["headgroup"]["resources"]["CPU"] == 0  # the head runs no trial
    assert {kinds[name]["min_workers"] for name in ("cpu", "gpu")} == {0}
    cpu, gpu = kinds["cpu"], kinds["gpu"]
    assert cpu["max_workers"] * cpu["resources"]["CPU"] >= 1_000
    assert gpu["resources"]["GPU"] == 1 and gpu["resources"]["CPU"] >= 4
    assert found["max_workers"] >= cpu["max_workers"] + gpu["max_workers"]
    assert found["idle_timeout_minutes"] > 0


def test_every_try_goes_on_from_the_mirror_and_what_is_over_is_given_back(
    job: dict[str, Any], cluster: dict[str, Any]
) -> None:
    words = shlex.split(job["entrypoint"])
    assert words[:3] == ["python", "-m", "search"]
    asked = search_parser().parse_args(words[3:])
    assert asked.resume == "auto"
    assert asked.name and asked.out.startswith("s3://") and asked.data.startswith("s3://")
    # The autoscaler of KubeRay is not asked what it can start.
    assert asked.address == "auto" and asked.workers == 1_000 and asked.wait > 0
    assert job["backoffLimit"] > 0 and job["activeDeadlineSeconds"] > 3_600
    # Without the former the operator refuses the latter.
    assert job["shutdownAfterJobFinishes"] and job["ttlSecondsAfterFinished"] > 0


def test_a_token_is_asked_for_and_ray_is_that_of_the_requirements(
    cluster: dict[str, Any],
) -> None:
    assert cluster["authOptions"] == {"mode": "token"}
    required = (ROOT / "requirements.txt").read_text()
    assert f"ray[default,tune]=={cluster['rayVersion']}\n" in required
    # Set by hand they would take the place of the operator's.
    names = [entry["name"] for each in containers(cluster) for entry in each.get("env", [])]
    assert not [name for name in names if name.startswith("RAY_")]
