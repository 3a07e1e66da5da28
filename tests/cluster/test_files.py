"""The cluster files, held to Ray's own schema and to what they promise."""

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = ("cluster.yaml", "cluster.local.yaml")


@pytest.fixture(params=FILES)
def prepared(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A file as `ray up` completes it, once Ray's schema has accepted it."""
    from ray.autoscaler._private.util import prepare_config, validate_config

    config = prepare_config(yaml.safe_load((ROOT / request.param).read_text()))
    validate_config(config)
    return config


def test_ray_accepts_the_file_and_every_node_gets_token_and_requirements(
    prepared: dict[str, Any],
) -> None:
    mounts = prepared["file_mounts"]
    assert mounts["~/.ray/auth_token"] == "~/.ray/auth_token"
    assert all((ROOT / source).exists() for source in mounts.values() if source[0] != "~")
    for name in ("requirements.txt", "requirements-gpu.txt"):
        assert mounts[f"~/latentune/{name}"] == name
    asked = "-r ~/latentune/requirements$(nvidia-smi > /dev/null 2>&1 && echo -gpu).txt"
    assert any(asked in command for command in prepared["setup_commands"])
    starts = [*prepared["head_start_ray_commands"], *prepared["worker_start_ray_commands"]]
    assert all("RAY_AUTH_MODE=token" in start for start in starts if "ray start" in start)


def test_the_dashboard_listens_on_the_head_alone(prepared: dict[str, Any]) -> None:
    assert "--dashboard-host=127.0.0.1" in prepared["head_start_ray_commands"][-1]
    assert not any("0.0.0.0" in str(value) for value in prepared.values())


def test_the_cloud_file_starts_from_no_gpu_node_and_opens_no_port() -> None:
    config = yaml.safe_load((ROOT / "cluster.yaml").read_text())
    kinds = config["available_node_types"]
    assert kinds["gpu"]["min_workers"] == 0 and kinds["gpu"]["resources"]["GPU"] == 1
    assert kinds["gpu"]["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"}
    assert "GPU" not in kinds[config["head_node_type"]]["resources"]
    assert config["idle_timeout_minutes"] > 0
    assert "security_group" not in config["provider"]
    assert not any("SecurityGroupIds" in kind["node_config"] for kind in kinds.values())


def test_the_local_file_uses_the_autoscaler_that_starts_nodes_that_are_there() -> None:
    config = yaml.safe_load((ROOT / "cluster.local.yaml").read_text())
    assert "RAY_enable_autoscaler_v2=0" in config["head_start_ray_commands"][-1]
    assert ":" not in config["cluster_name"]
