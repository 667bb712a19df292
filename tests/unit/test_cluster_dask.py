"""The door to Dask, on a scheduler and workers inside this process; nothing is built."""

import http.server
import threading
from dataclasses import replace

import pytest
from distributed import LocalCluster
from test_campaign import measured, task

from keras_matrix.distributing import cluster as door
from keras_matrix.distributing import crew as crews
from keras_matrix.distributing import remote
from keras_matrix.distributing.cluster import Cluster
from keras_matrix.distributing.crew import Wanted, open_crew
from keras_matrix.distributing.orders import Delivery, Order, Step, Terms, harness, pack, unpack
from keras_matrix.errors import EnvironmentUnusableError, InputError
from keras_matrix.probing import probes_digest
from keras_matrix.project import Project

pytestmark = pytest.mark.enable_socket

A1 = task("a1", "A")
TERMS = Terms(campaign="c", engine="auto", registry=None, import_paths=(), probes="", kit=b"")


@pytest.fixture(scope="module")
def dask():
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        host="127.0.0.1",
        dashboard_address=":0",
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(autouse=True)
def bench(monkeypatch):
    """Workers that open no bench and measure at once."""
    monkeypatch.setattr(remote, "open_bench", lambda _: ("docker", "docker: a fake"))


@pytest.fixture
def project(tmp_path):
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "run.py").write_text("print('a probe')\n")
    return Project(root=tmp_path, cache=tmp_path / "cache")


def wanted(address):
    return Wanted(scheduler=address, registry=None, engine="docker", jobs=2)


def test_a_cell_is_measured_on_the_very_worker_and_its_steps_are_heard(dask, monkeypatch):
    heard = []
    told = threading.Event()

    def measure(order, tell):
        tell(Step(cell=order.task.cell.id, stage="build", detail="build A", received=7))
        return Delivery(measured=measured(order.task), received=7)

    def hear(worker, step):
        heard.append((worker, step.detail, step.received))
        told.set()

    monkeypatch.setattr(remote, "measure", measure)
    cluster = Cluster.connect(dask, "c")
    try:
        cluster.listen(hear)
        worker = sorted(cluster.addresses())[1]
        done = cluster.submit(worker, Order(terms=TERMS, task=A1, locks={})).result(60)
        assert done.measured.report.cell.id == "a1"
        assert told.wait(60)
        assert heard == [(worker, "build A", 7)]
    finally:
        cluster.leave()


def test_every_worker_says_who_it_is(dask, project):
    said = []
    with open_crew(wanted(dask), project, (), said.append) as crew:
        assert crew.ground.engine == "docker"
        assert crew.ground.probes == probes_digest(project.probes)
    assert len(said) == 2
    assert all("docker: a fake" in line for line in said)


def test_a_worker_with_another_harness_is_refused_by_name(dask, project, monkeypatch):
    monkeypatch.setattr(crews, "harness", lambda: "keras-matrix 99")
    with (
        pytest.raises(EnvironmentUnusableError, match="keras-matrix 99: install the same") as error,
        open_crew(wanted(dask), project, (), print),
    ):
        pass
    assert str(error.value).count(harness()) == 2


def test_a_worker_without_an_engine_is_refused_by_name(dask, project, monkeypatch):
    def refused(_):
        raise EnvironmentUnusableError("no container engine answers")

    monkeypatch.setattr(remote, "open_bench", refused)
    with (
        pytest.raises(EnvironmentUnusableError, match=r"worker \S+: no container engine answers"),
        open_crew(wanted(dask), project, (), print),
    ):
        pass


def test_a_scheduler_of_another_version_is_refused(dask, monkeypatch):
    monkeypatch.setattr(door, "VERSION", "1.0")
    with pytest.raises(EnvironmentUnusableError, match=r"runs version \S+, this machine 1\.0"):
        Cluster.connect(dask, "c")


def test_a_scheduler_without_workers_is_refused(project, monkeypatch):
    monkeypatch.setattr(crews, "_WORKER_SECONDS", 0.0)
    with (
        LocalCluster(
            n_workers=0, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address=":0"
        ) as cluster,
        pytest.raises(EnvironmentUnusableError, match="has no worker"),
        open_crew(wanted(cluster.scheduler_address), project, (), print),
    ):
        pass


def test_no_scheduler_is_said_in_bounded_time():
    with pytest.raises(EnvironmentUnusableError, match="no Dask scheduler answers at tcp"):
        Cluster.connect("tcp://127.0.0.1:1", "c", seconds=0.5)


def test_something_else_that_listens_is_no_scheduler():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with pytest.raises(EnvironmentUnusableError, match="no Dask scheduler answers"):
                Cluster.connect(f"tcp://127.0.0.1:{server.server_port}", "c", seconds=1)
        finally:
            server.shutdown()


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://host", "http://host:1", ""])
def test_what_is_no_address_is_bad_input(address):
    with pytest.raises(InputError, match="must be tcp://HOST:PORT"):
        Cluster.connect(address, "c")


def test_the_probes_arrive_as_they_were_sent(project, tmp_path):
    (project.probes / "__pycache__").mkdir()
    (project.probes / "__pycache__" / "run.pyc").write_bytes(b"no source")
    unpack(pack(project.probes), tmp_path / "there")
    assert probes_digest(tmp_path / "there") == probes_digest(project.probes)
    assert not (tmp_path / "there" / "__pycache__").exists()


def test_new_locks_and_the_log_of_a_failed_build_come_along(dask, project):
    from keras_matrix.tiers import Tier, TierKind

    tier = Tier(kind=TierKind.BACKEND, name="theano1", python="3.7", requirements=("theano==1",))
    locked = replace(A1, tiers=(tier,))
    with open_crew(wanted(dask), project, (), print) as crew:
        delivery = Delivery(measured=measured(A1), locks={"theano1": "a lock\n"}, log="the end")
        kept = crew._receive("w/1", locked, delivery)
        assert kept.log.read_text() == "the end"
        assert (project.locks / "theano1.txt").read_text() == "a lock\n"
        crew._receive("w/2", locked, replace(delivery, locks={"theano1": "another\n"}))
        assert (project.locks / "theano1.txt").read_text() == "a lock\n"
        assert crew._order(locked).locks == {"theano1": "a lock\n"}
