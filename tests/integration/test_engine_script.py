"""docker/engine.sh: private engines that start at once stay out of each other's way."""

import ipaddress
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clusters import ROOT, Engine, private_engine, required

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

SCRIPT = ROOT / "docker" / "engine.sh"


@pytest.fixture
def folder():
    if not shutil.which("dockerd") or os.geteuid() != 0:
        required("a private engine wants root and dockerd")
    folder = Path(tempfile.mkdtemp(prefix="km-engines.", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def subnet(engine: Engine, network: str) -> ipaddress.IPv4Network:
    (config,) = json.loads(
        engine.docker("network", "inspect", network, "--format", "{{json .IPAM.Config}}")
    )
    return ipaddress.IPv4Network(config["Subnet"])


def interfaces(networks: Iterable[ipaddress.IPv4Network]) -> dict[str, str]:
    """Address and name of each interface in the /24s that these networks lie in; what another
    engine of this machine does meanwhile is its own."""
    ours = [network.supernet(new_prefix=24) for network in networks]
    links = subprocess.run(["ip", "-j", "-4", "address"], capture_output=True, check=True).stdout
    return {
        each["local"]: link["ifname"]
        for link in json.loads(links)
        for each in link["addr_info"]
        if any(ipaddress.IPv4Address(each["local"]) in network for network in ours)
    }


def test_networks_made_at_the_same_moment_never_overlap_and_nothing_stays(folder):
    contexts = [private_engine(folder / name) for name in ("a", "b", "c")]
    with ThreadPoolExecutor(len(contexts)) as pool:
        engines = list(pool.map(lambda context: context.__enter__(), contexts))
        try:
            subnets = []
            for network in ("first", "second"):
                create = ("network", "create", "--internal", network)
                list(pool.map(lambda engine, create=create: engine.docker(*create), engines))
                subnets += [subnet(engine, network) for engine in engines]
            assert len(interfaces(subnets)) == 9  # of each engine its own and two networks'
        finally:
            list(pool.map(lambda context: context.__exit__(None, None, None), contexts))
    clashes = [(a, b) for i, a in enumerate(subnets) for b in subnets[:i] if a.overlaps(b)]
    assert len(subnets) == 6
    assert clashes == []
    assert interfaces(subnets) == {}


def test_an_engine_that_starts_again_forgets_a_network_that_is_another_s_now(folder):
    with private_engine(folder / "again") as again:
        again.docker("network", "create", "--internal", "kept")
        before = subnet(again, "kept")
        subprocess.run([SCRIPT, "stop", again.folder], check=True)
        with private_engine(folder / "other") as other:
            other.docker("network", "create", "--internal", "taken")
            assert subnet(other, "taken") == before
            subprocess.run([SCRIPT, "start", again.folder], check=True, stdout=subprocess.DEVNULL)
            assert "kept" not in again.docker("network", "ls", "--format", "{{.Name}}").split()
            again.docker("network", "create", "--internal", "kept")
            assert not subnet(again, "kept").overlaps(before)
