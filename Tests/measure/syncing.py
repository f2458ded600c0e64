"""A directory of 5,000 manifests in 500 files: the first sync, a touch that changes nothing, and one changed line."""

import os
import statistics
import time

from reeve import answer, cpu_seconds, fleet

POOLS, NODES, FILES, DATABASE = 5, 1_000, 500, "syncing"
# More than the settling time, so that whatever a touch leads to is over.
AFTERMATH_SECONDS = 3
CHANGES = 10


def write_tree(shop):
    """The fleet's documents, dealt out to files in their order."""
    directory = os.path.join(shop.directory, "tree")
    os.mkdir(directory)
    documents = [document for document in fleet("synced", POOLS, NODES).split("---\n") if document.strip()]
    share = -(-len(documents) // FILES)
    for number in range(FILES):
        part = documents[number * share:(number + 1) * share]
        if part:
            with open(os.path.join(directory, f"part-{number:03}.yaml"), "w", encoding="utf-8") as file:
                file.write("---\n".join(part))
    return directory


def syncing(shop, table):
    shop.reeve("init", database=DATABASE)
    directory = write_tree(shop)
    daemon = shop.daemon(DATABASE)
    daemon.await_line("leading")
    settling = shop.start_raw("settle", DATABASE, POOLS * (NODES + 1))
    began = time.time()
    first = shop.timed("sync", directory, "--set", "bench", database=DATABASE)
    table.add("first sync of 5,000 manifests in 500 files", first, "s", budget=3)
    table.add("… until all are Synced", answer(settling)["at"] - began, "s")
    again = statistics.median(
        shop.timed("sync", directory, "--set", "bench", database=DATABASE) for _ in range(5))
    table.add("sync again, nothing changed", again, "s")
    watch = shop.start("watch", ["sync", directory, "--set", "bench", "--watch", "--database", DATABASE])
    watch.await_line("watching")
    time.sleep(AFTERMATH_SECONDS)
    touched(shop, table, watch, directory)
    changed(shop, table, directory)
    watch.stop()
    daemon.stop()


def touched(shop, table, watch, directory):
    spent, writes = [], 0
    for number in range(5):
        before, written = cpu_seconds(watch.pid), shop.writes(DATABASE)
        os.utime(os.path.join(directory, f"part-{number:03}.yaml"))
        time.sleep(AFTERMATH_SECONDS)
        spent.append(cpu_seconds(watch.pid) - before)
        writes += sum(shop.writes(DATABASE).values()) - sum(written.values())
    table.add("a touch that changes nothing", statistics.median(spent), "CPU s", budget=0.2)
    table.add("… writes", writes, "", budget=0)


def changed(shop, table, directory):
    """From the end of the write to the status of the node's next generation."""
    latencies = []
    for number in range(CHANGES):
        path = os.path.join(directory, f"part-{number * 7:03}.yaml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        name = next(line for line in text.splitlines() if "synced-" in line and "labels: {rack" in line)
        key = "Node/node_" + name.split("name: ")[1].split(",")[0]
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("max_sessions: 16", "max_sessions: 17", 1))
        began = time.time()
        latencies.append(shop.raw("reconciled", DATABASE, key, 2)["at"] - began)
        time.sleep(1)
    table.add("one changed line → Synced, median", statistics.median(latencies), "s", budget=0.6,
              note="(0.3 s of it settling)")
    table.add("… the slowest", max(latencies), "s")
