"""Reeve as the measurements use it: a private MongoDB, a daemon, fleets of any size. Nothing of it outlives `Workshop`."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time


class Failure(Exception):
    """Something did not do what it has to; its message says what."""


class Workshop:
    """A directory with a MongoDB of its own, and what is started in it."""

    def __init__(self, reeve, raw):
        self.reeve_path, self.raw_path = os.path.abspath(reeve), os.path.abspath(raw)
        self.daemons = []
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("REEVE_") or k in KEPT}

    def __enter__(self):
        # Whoever ends this script ends what it started, too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        self.directory = tempfile.mkdtemp(prefix="reeve-measure.")
        try:
            self.start_server()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for daemon in self.daemons:
            daemon.kill()
        subprocess.run([self.reeve_path, "local", "stop"], cwd=self.directory, env=self.environment,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.directory, ignore_errors=True)

    def start_server(self):
        self.reeve("local", "start")
        status = json.loads(self.reeve("local", "status", "-o", "json"))
        self.uri, self.server = status["uri"], status["pid"]
        self.environment["REEVE_MONGODB_URI"] = self.uri

    def reeve(self, *words, database=None, expect=(0,)):
        """Runs a command and returns its standard output."""
        if database:
            words += ("--database", database)
        done = subprocess.run([self.reeve_path, *words], cwd=self.directory, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode not in expect:
            raise Failure(f"reeve {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return done.stdout

    def timed(self, *words, **more):
        began = time.time()
        self.reeve(*words, **more)
        return time.time() - began

    def start_raw(self, command, *words):
        return subprocess.Popen([self.raw_path, command, self.uri, *map(str, words)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def raw(self, command, *words):
        return answer(self.start_raw(command, *words))

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def daemon(self, database, instance="bench", verbose=False, environment=None, options=()):
        words = ["run", "--instance", instance, "--database", database, *options] + (["--verbose"] if verbose else [])
        return self.start(f"{database}-{instance}", words, environment)

    def start(self, name, words, environment=None):
        """Starts a command that runs until it is stopped."""
        daemon = Daemon(self, name, words, environment or {})
        self.daemons.append(daemon)
        return daemon

    def settled(self, database, count):
        """When all of `count` resources, pools and nodes, were seen to be Synced."""
        return self.raw("settle", database, count)["at"]

    def writes(self, database):
        """Writes by collection since the server started, without those of leadership."""
        counts = self.raw("writes", database)
        return {name: count for name, count in counts.items() if name not in ("leases", "fences")}


KEPT = ("REEVE_MONGOD",)


def answer(process):
    output, errors = process.communicate()
    if process.returncode:
        raise Failure(errors.strip())
    return json.loads(output)


class Daemon:
    def __init__(self, workshop, name, words, environment):
        self.log = os.path.join(workshop.directory, f"{name}-{time.monotonic_ns()}.log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.began = time.time()
            self.process = subprocess.Popen([workshop.reeve_path, *words], cwd=workshop.directory,
                                            env={**workshop.environment, **environment}, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)

    @property
    def pid(self):
        return self.process.pid

    def await_line(self, text, timeout=60):
        """Waits until the log says `text`, and returns when that was seen."""
        deadline = time.time() + timeout
        while time.time() < deadline:
            with open(self.log, encoding="utf-8") as log:
                if text in log.read():
                    return time.time()
            if self.process.poll() is not None:
                break
            time.sleep(0.002)
        with open(self.log, encoding="utf-8") as log:
            raise Failure(f"the daemon never said \"{text}\":\n{log.read()[-2000:]}")

    def await_end(self, timeout=60):
        return self.process.wait(timeout)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """Ends it as `systemctl stop` does; it has 5 seconds."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(6)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure("the daemon did not stop within 6 s of SIGTERM") from None
        if status:
            with open(self.log, encoding="utf-8") as log:
                raise Failure(f"the daemon ended with {status}:\n{log.read()[-2000:]}")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def cpu_seconds(pid):
    """User and system time of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid):
    """What a process holds in memory, in bytes."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise Failure(f"process {pid} has no memory")


POOL = """\
apiVersion: reeve/v1
kind: NodePool
metadata: {{name: {pool}, labels: {{team: render}}}}
spec: {{max_nodes: 1000, {scaling}}}
---
"""

NODE = """\
apiVersion: reeve/v1
kind: Node
metadata: {{name: {name}, labels: {{rack: "{rack}", owner: hw-frankfurt}}}}
spec:
  node_type: compute
  pool_id: pool_{pool}
  hardware_info:
    cpu: {{cores: 32, frequency_mhz: 3400, architecture: x86_64}}
    memory: {{total_bytes: 128GiB, type: DDR5}}
    storage: {{total_bytes: 4TB, type: NVMe}}
    network: [{{interface: enp1s0, speed_mbps: 10000}}]
  location: {{country: DE, region: Hesse, city: Frankfurt am Main, timezone: Europe/Berlin}}
  configuration: {{max_sessions: {sessions}{pinned}}}
---
"""


def fleet(prefix, pools, nodes, sessions=16, policy=None):
    """Manifests of `pools` pools with `nodes` nodes each; scaled ones, if there is a policy for them."""
    scaling = f"auto_scaling: true, scaling_policy: {policy}" if policy else "auto_scaling: false"
    pinned = "" if policy else ", auto_scaling: false"
    parts = []
    for pool in range(pools):
        name = f"{prefix}-{pool:03}"
        parts.append(POOL.format(pool=name, scaling=scaling))
        for node in range(nodes):
            parts.append(NODE.format(name=f"{name}-{node:04}", pool=name, rack=node % 40, sessions=sessions, pinned=pinned))
    return "".join(parts)


def progress(text):
    print(text, file=sys.stderr, flush=True)
