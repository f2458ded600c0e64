"""Ten thousand agents against one daemon: acknowledgements, losses, memory, CPU and disk, and the highest rate."""

import datetime
import hashlib
import json
import re
import statistics
import subprocess
import time
import urllib.request

from reeve import answer, cpu_seconds, fleet, memory, progress

AGENTS, INTERVAL = 10_000, 15
SIZES = ((1_000, 15), (10_000, 15), (10_000, 60), (10_000, 300))  # nodes, seconds between reports
SIZED_SECONDS = 120


def tokens(shop, database):
    """A token for each node, as `reeve token create` stores it; returns the file that the agents read."""
    nodes = [f"node_{database}-{pool:03}-{node:04}" for pool in range(AGENTS // 1000) for node in range(1000)]
    pairs = [(node, "bench-" + hashlib.sha256(node.encode()).hexdigest()[:40]) for node in nodes]
    documents = [json.dumps({"_id": hashlib.sha256(token.encode()).hexdigest(), "node_id": node,
                             "created_at": {"$date": "2026-01-01T00:00:00Z"}, "created_by": "bench"})
                 for node, token in pairs]
    shop.raw("insert", database, "node_tokens", shop.write("tokens.json", "\n".join(documents) + "\n"))
    return shop.write("agents.txt", "".join(f"{node} {token}\n" for node, token in pairs))


def port_of(daemon):
    daemon.await_line("listening")
    with open(daemon.log, encoding="utf-8") as log:
        return int(re.search(r"address=127\.0\.0\.1:(\d+)", log.read()).group(1))


def counter(port, name):
    """A metric of the daemon, without labels or with these."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as page:
        for line in page.read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
    return 0


class Watch:
    """What the daemon and the server use while agents report."""

    def __init__(self, shop, daemon):
        self.pids = {"daemon": daemon.pid, "mongod": shop.server}
        self.daemon = daemon
        self.memory = []
        self.began, self.before = time.time(), {name: cpu_seconds(pid) for name, pid in self.pids.items()}

    def follow(self, process):
        while process.poll() is None:
            time.sleep(5)
            self.memory.append((time.time() - self.began, memory(self.daemon.pid) / 1e6))
        took = time.time() - self.began
        self.cores = {name: (cpu_seconds(pid) - self.before[name]) / took for name, pid in self.pids.items()}

    def growth(self):
        """Of the daemon's memory in MB a minute, over the second half."""
        half = [(at, size) for at, size in self.memory if at > self.memory[-1][0] / 2]
        slope = statistics.linear_regression([at for at, _ in half], [size for _, size in half]).slope
        return slope * 60


def run(shop, agents, port, path, interval, seconds):
    command = [agents, port, path, int(interval * 1000), seconds]
    return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def heard_within(shop, database, seconds):
    """How many nodes' last heartbeat is no older, by the newest of them."""
    nodes = shop.raw("dump", database, "nodes")
    beats = []
    for node in nodes:
        date = node.get("last_heartbeat", {}).get("$date")
        if date is not None:
            beats.append(int(date["$numberLong"]) if isinstance(date, dict) else stamp(date))
    return sum(1 for beat in beats if beat >= max(beats) - seconds * 1000)


def stamp(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def listening(shop, database):
    """A settled fleet of all agents' nodes: the daemon that listens, its port, the file of tokens."""
    path = shop.write(f"{database}.yaml", fleet(database, AGENTS // 1000, 1000))
    shop.reeve("init", database=database)
    shop.reeve("apply", "-f", path, database=database)
    file = tokens(shop, database)
    daemon = shop.daemon(database, options=("--listen", "127.0.0.1:0"))
    port = port_of(daemon)
    shop.settled(database, AGENTS + AGENTS // 1000)
    return daemon, port, file


def reports(shop, table, agents, seconds):
    daemon, port, file = listening(shop, "reports")
    steady(shop, table, agents, daemon, port, file, seconds)
    flat_out(shop, table, agents, daemon, port, file)
    daemon.stop()


def sizes(shop, table, agents):
    """What a fleet of some size costs, for the table in the README: documents, disk, CPU."""
    daemon, port, file = listening(shop, "sizes")
    with open(file, encoding="utf-8") as every:
        lines = every.readlines()
    for nodes, interval in SIZES:
        some = shop.write("some.txt", "".join(lines[:nodes]))
        answer(run(shop, agents, port, some, interval, 20))
        stored = shop.raw("size", "sizes", "resource_metrics")["documents"]
        process = run(shop, agents, port, some, interval, SIZED_SECONDS)
        watch = Watch(shop, daemon)
        watch.follow(process)
        seen = answer(process)
        after = shop.raw("size", "sizes", "resource_metrics")
        a_day = (after["documents"] - stored) / SIZED_SECONDS * 86_400
        disk = (after["stored"] + after["indexes"]) / after["documents"]
        table.add(f"{nodes} nodes at {interval} s: reports", seen["acknowledged"] / seen["seconds"], "a second")
        table.add("… samples", a_day / 1e6, "million a day")
        table.add("… on the disk", a_day * disk / 1e9, "GB a day", note=f"({disk:.0f} bytes a sample, with indexes)")
        table.add("… CPU of the daemon", 100 * watch.cores["daemon"], "% of a core")
        table.add("… CPU of mongod", 100 * watch.cores["mongod"], "% of a core")
        table.add("… memory of the daemon", watch.memory[-1][1], "MB")
    daemon.stop()


def steady(shop, table, agents, daemon, port, file, seconds):
    # A first round, in which connections are opened and tokens looked up.
    answer(run(shop, agents, port, file, INTERVAL, INTERVAL * 2))
    stored = shop.raw("size", "reports", "resource_metrics")
    accepted = counter(port, 'ingest_reports_total{result="accepted"}')
    process = run(shop, agents, port, file, INTERVAL, seconds)
    watch = Watch(shop, daemon)
    time.sleep(seconds / 3)
    changes = shop.start_raw("change", "reports", 100)
    watch.follow(process)
    seen = answer(process)
    progress(f"  {seen}")
    latencies = sorted(1000 * took for _, took in answer(changes))
    sent = seen["acknowledged"] + seen["refused"] + seen["lost"]
    note = f"({sent} sent, {seen['late']} not sent in time)"
    table.add("10,000 agents at 15 s: acknowledgement, p99", seen["p99_ms"], "ms", budget=250,
              note=f"(p50 {seen['p50_ms']}, max {seen['max_ms']})")
    table.add("… reports refused or lost", seen["refused"] + seen["lost"], "", budget=0, note=note)
    table.add("… reports acknowledged and not taken", seen["acknowledged"] - seen["taken"], "", budget=0)
    taken = counter(port, 'ingest_reports_total{result="accepted"}') - accepted
    table.add("… reports that the daemon did not count", seen["taken"] - taken, "", budget=0)
    table.add("… nodes whose heartbeat is missing", AGENTS - heard_within(shop, "reports", 2 * INTERVAL), "", budget=0)
    after = shop.raw("size", "reports", "resource_metrics")
    samples = after["documents"] - stored["documents"]
    table.add("… samples stored", samples / seconds * 60 / AGENTS, "a node and minute",
              note=f"({samples} in {seconds} s)")
    table.add("… a sample", after["bytes"] / after["documents"], "bytes",
              note=f"(on the disk {after['stored'] / after['documents']:.0f}, "
              f"indexes {after['indexes'] / after['documents']:.0f})")
    table.add("… CPU of the daemon", 100 * watch.cores["daemon"], "% of a core")
    table.add("… CPU of mongod", 100 * watch.cores["mongod"], "% of a core")
    table.add("… memory of the daemon", watch.memory[-1][1], "MB")
    table.add("… its growth over the second half", watch.growth(), "MB a minute")
    table.add("… a change of a spec meanwhile, p95", latencies[int(len(latencies) * 0.95)], "ms", budget=50,
              note=f"(median {statistics.median(latencies):.1f})")


def flat_out(shop, table, agents, daemon, port, file):
    process = run(shop, agents, port, file, 0, 45)
    watch = Watch(shop, daemon)
    watch.follow(process)
    seen = answer(process)
    progress(f"  {seen}")
    table.add("as fast as 10,000 connections can: acknowledged", seen["acknowledged"] / seen["seconds"], "a second",
              note=f"(p99 {seen['p99_ms']:.0f} ms, {seen['refused']} refused, {seen['lost']} lost)")
    table.add("… CPU of the daemon", 100 * watch.cores["daemon"], "% of a core")
    table.add("… CPU of mongod", 100 * watch.cores["mongod"], "% of a core")
