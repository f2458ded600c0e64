"""Measures the budgets of the design beside a raw client, and prints a table. Called by Tests/bench."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import time

from reports import reports, sizes
from scaling import scaling
from syncing import syncing
from reeve import Failure, Workshop, answer, cpu_seconds, fleet, memory, progress

STATE = ["node_pools", "nodes", "status", "node_history", "events"]


class Table:
    def __init__(self):
        self.rows = []

    def add(self, work, figure, unit, budget=None, raw=None, ratio=None, note=""):
        """`budget` is the most that `figure` may be, `ratio` the most that figure / raw may be."""
        met = None
        if budget is not None or ratio is not None:
            met = (budget is None or figure <= budget) and (ratio is None or raw is None or figure <= ratio * raw)
        self.rows.append({"work": work, "figure": figure, "unit": unit, "budget": budget, "raw": raw,
                          "ratio": figure / raw if raw else None, "ratio_budget": ratio, "met": met, "note": note})
        progress(f"  {work}: {shown(figure)} {unit}")

    def text(self):
        head = ["work", "figure", "budget", "raw client", "ratio", ""]
        lines = [head]
        for row in self.rows:
            unit = row["unit"]
            lines.append([
                row["work"], f"{shown(row['figure'])} {unit}",
                "" if row["budget"] is None else f"{shown(row['budget'])} {unit}",
                "" if row["raw"] is None else f"{shown(row['raw'])} {unit}",
                "" if row["ratio"] is None else f"{row['ratio']:.2f}"
                + (f" (≤ {row['ratio_budget']})" if row["ratio_budget"] else ""),
                {True: "met", False: "MISSED", None: ""}[row["met"]] + (f" {row['note']}" if row["note"] else "")])
        widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def shown(value):
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def median_of(count, measure):
    return statistics.median(measure() for _ in range(count))


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def start_up(shop, table):
    figure = 1000 * median_of(25, lambda: shop.timed("--version"))
    table.add("start-up of `reeve --version`", figure, "ms", budget=30)


def thousand(shop, table):
    """1,000 new manifests, then the same again."""
    path = shop.write("thousand.yaml", fleet("thousand", 1, 1000))
    shop.reeve("init", database="thousand")
    daemon = shop.daemon("thousand")
    daemon.await_line("leading")
    began = time.time()
    settling = shop.start_raw("settle", "thousand", 1001)
    applied = shop.timed("apply", "-f", path, database="thousand")
    synced = answer(settling)["at"] - began
    time.sleep(1)
    # The document of each declaration, and all that reconciling wrote, by the raw client.
    shop.reeve("init", database="thousand_raw")
    raw_applied = shop.raw("replay", "thousand", "thousand_raw", "desired")["seconds"]
    raw_synced = raw_applied + shop.raw("replay", "thousand", "thousand_raw", *STATE)["seconds"]
    table.add("apply of 1,000 new", applied, "s", budget=0.2, raw=raw_applied)
    table.add("… until all are Synced", synced, "s", budget=0.5, raw=raw_synced)
    raw_read = median_of(5, lambda: shop.raw("read", "thousand", "desired")["seconds"])
    table.add("apply of 1,000 unchanged", median_of(5, lambda: shop.timed("apply", "-f", path, database="thousand")),
              "s", budget=0.15, raw=raw_read)
    table.add("diff of 1,000 unchanged", median_of(5, lambda: shop.timed("diff", "-f", path, database="thousand")),
              "s", budget=0.15, raw=raw_read)
    daemon.stop()


def ten_thousand(shop, table):
    path = shop.write("ten.yaml", fleet("ten", 10, 1000))
    shop.reeve("init", database="ten")
    applied = shop.timed("apply", "-f", path, database="ten")
    shop.reeve("init", database="ten_raw")
    raw = shop.raw("replay", "ten", "ten_raw", "desired")["seconds"]
    table.add("apply of 10,000 new", applied, "s", budget=1.5, raw=raw)


def converge(shop, daemon, database, path, count):
    """Declares while the daemon is frozen, and returns seconds and CPU seconds from its thaw until all is Synced."""
    daemon.freeze()
    shop.reeve("apply", "-f", path, database=database)
    pids = (shop.server, daemon.pid)
    before = [cpu_seconds(pid) for pid in pids]
    daemon.thaw()
    began = time.time()
    took = shop.settled(database, count) - began
    return took, [cpu_seconds(pid) - earlier for pid, earlier in zip(pids, before)]


def five_thousand(shop, table):
    path = shop.write("five.yaml", fleet("five", 5, 1000))
    shop.reeve("init", database="five")
    daemon = shop.daemon("five")
    daemon.await_line("leading")
    took, (server, own) = converge(shop, daemon, "five", path, 5005)
    time.sleep(2)
    shop.reeve("init", database="five_raw")
    raw = shop.raw("replay", "five", "five_raw", *STATE)["seconds"]
    table.add("cold convergence of 5,000", took, "s", budget=0.6, raw=raw)
    table.add("… CPU in all", server + own, "s", budget=1, note=f"(mongod {server:.2f}, daemon {own:.2f})")

    table.add("memory of the daemon at 5,000", memory(daemon.pid) / 1e6, "MB", budget=60 + 0.5 * 5000 / 1000)
    before = cpu_seconds(daemon.pid)
    time.sleep(20)
    table.add("a settled fleet of 5,000", 100 * (cpu_seconds(daemon.pid) - before) / 20, "% of a core", budget=1)

    changes = [took * 1000 for _, took in shop.raw("change", "five", 200)]
    daemon.stop()
    alone = [took * 1000 for _, took in shop.raw("alone", "five", 200)]
    table.add("one change, median", statistics.median(changes), "ms", budget=6, raw=statistics.median(alone), ratio=1.5)
    table.add("one change, p95", percentile(changes, 0.95), "ms", budget=10, raw=percentile(alone, 0.95))
    during(shop, table)


def during(shop, table):
    """Single changes while 5,000 other nodes converge, on the fleet that stands. Several times, for enough changes."""
    latencies = []
    for round_number in range(3):
        daemon = shop.daemon("five")
        daemon.await_line("leading")
        time.sleep(2)
        path = shop.write("more.yaml", fleet(f"more{round_number}", 5, 1000))
        daemon.freeze()
        shop.reeve("apply", "-f", path, database="five")
        daemon.thaw()
        changing = shop.start_raw("change", "five", 200)
        end = shop.settled("five", 5005 * (round_number + 2))
        latencies += [1000 * took for began, took in answer(changing) if began < end]
        daemon.stop()
    table.add("one change during a convergence of 5,000, p95", percentile(latencies, 0.95), "ms", budget=50,
              note=f"({len(latencies)} changes)")


def hundred_thousand(shop, table):
    shop.reeve("init", database="hundred")
    daemon = shop.daemon("hundred")
    daemon.await_line("leading")
    for part in range(10):
        path = shop.write("part.yaml", fleet(f"part{part}", 10, 1000))
        shop.reeve("apply", "-f", path, database="hundred")
        shop.settled("hundred", 10010 * (part + 1))
        progress(f"  {10010 * (part + 1)} settled")
    time.sleep(5)
    table.add("memory of the daemon that settled 100,000", memory(daemon.pid) / 1e6, "MB", budget=60 + 50)
    daemon.stop()
    before = shop.writes("hundred")
    daemon = shop.daemon("hundred", verbose=True)
    daemon.await_line("leading")
    began = time.time()
    took = daemon.await_line("looked at everything") - began
    time.sleep(5)
    after = shop.writes("hundred")
    raw = shop.raw("read", "hundred", "desired", "nodes", "status")["seconds"]
    table.add("resync of a settled 100,000", took, "s", budget=1.5, raw=raw)
    moved = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    table.add("… writes outside leases and fences", sum(moved.values()), "", budget=0, note=str(moved) if moved else "")
    table.add("memory of the daemon at 100,000", memory(daemon.pid) / 1e6, "MB", budget=60 + 50)
    daemon.stop()


def machine(shop):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo", encoding="utf-8") as file:
        total = int(file.readline().split()[1]) // 1024
    server = os.readlink(f"/proc/{shop.server}/exe")

    def said(*command):
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()[0]

    return {"cpu": models[0] if models else platform.machine(), "cores": os.cpu_count(), "memory_mb": total,
            "kernel": platform.release(), "reeve": said(shop.reeve_path, "--version"),
            "mongod": said(server, "--version"), "swift": said("swift", "--version"),
            "libmongoc": said("pkg-config", "--modversion", "libmongoc-1.0"),
            "load_before": os.getloadavg()[0]}


PARTS = {"start-up": start_up, "1000": thousand, "10000": ten_thousand, "5000": five_thousand,
         "100000": hundred_thousand, "syncing": syncing}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reeve", required=True)
    parser.add_argument("--raw", required=True)
    parser.add_argument("--json", required=True)
    parser.add_argument("--agents", required=True, help="the program that simulates agents")
    parser.add_argument("--seconds", type=int, default=600, help="how long agents report, and scaled pools are played")
    parser.add_argument("parts", nargs="*", help=" ".join(PARTS))
    arguments = parser.parse_args()
    agents = os.path.abspath(arguments.agents)
    PARTS["scaling"] = lambda shop, table: scaling(shop, table, arguments.seconds)
    PARTS["reports"] = lambda shop, table: reports(shop, table, agents, arguments.seconds)
    PARTS["sizes"] = lambda shop, table: sizes(shop, table, agents)
    table = Table()
    failures = []
    with Workshop(arguments.reeve, arguments.raw) as shop:
        place = machine(shop)
        if place["load_before"] > 0.5:
            progress(f"other work runs on this machine (load {place['load_before']:.1f}): the figures will suffer")
        for name in arguments.parts or PARTS:
            progress(f"{name}:")
            try:
                PARTS[name](shop, table)
            except Failure as failure:
                failures.append(f"{name}: {failure}")
                progress(f"  FAILED: {failure}")
            finally:
                for daemon in shop.daemons:
                    daemon.kill()
    print(", ".join(f"{name} {value}" for name, value in place.items()))
    print(table.text())
    with open(arguments.json, "w", encoding="utf-8") as file:
        json.dump({"machine": place, "rows": table.rows, "failures": failures}, file, indent=2, ensure_ascii=False)
        file.write("\n")
    missed = [row["work"] for row in table.rows if row["met"] is False]
    print(f"{len(table.rows)} figures, {len(missed)} over budget, {len(failures)} parts failed; {arguments.json}")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
