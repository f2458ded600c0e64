"""A thousand scaled pools of twenty nodes, sampled every 15 seconds: what the daemon and MongoDB use for it."""

import re
import time
import urllib.request

from reeve import answer, fleet, memory
from reports import Watch, counter, port_of

POOLS, NODES, DATABASE = 1_000, 20, "scaling"
POLICY = "{min_nodes: 2, scale_up_threshold: 80, scale_down_threshold: 40, cooldown_minutes: 1, window_minutes: 5}"
# Reports by which nodes become known, before anything is measured.
WARM_UP_SECONDS = 60


def seconds_of(port, name):
    """A timer of the daemon: seconds in all, and how often."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as page:
        text = page.read().decode()
    values = [re.search(rf"^{name}_{part}(?:{{[^}}]*}})? (\S+)", text, re.MULTILINE) for part in ("sum", "count")]
    return [float(value.group(1)) if value else 0 for value in values]


def scaling(shop, table, seconds):
    shop.reeve("init", database=DATABASE)
    for half in ("one", "two"):
        path = shop.write("scaling.yaml", fleet(half, POOLS // 2, NODES, policy=POLICY))
        shop.reeve("apply", "-f", path, database=DATABASE)
    daemon = shop.daemon(DATABASE, options=("--listen", "127.0.0.1:0"))
    port = port_of(daemon)
    shop.settled(DATABASE, POOLS * (NODES + 1))
    answer(shop.start_raw("load", DATABASE, WARM_UP_SECONDS))
    names = ("scaling_samples_read_total", "scaling_decisions_total", "scaling_activated_total",
             "scaling_drained_total")
    before = {name: counter(port, name) for name in names}
    timers = {name: seconds_of(port, name) for name in ("scaling_look_seconds", "scaling_evaluation_seconds")}
    began = memory(daemon.pid)
    process = shop.start_raw("load", DATABASE, seconds)
    watch = Watch(shop, daemon)
    watch.follow(process)
    seen = answer(process)
    time.sleep(1)
    done = {name: counter(port, name) - before[name] for name in names}
    table.add(f"{POOLS} pools × {NODES} nodes, samples each 15 s: CPU of the daemon",
              100 * watch.cores["daemon"], "% of a core", note=f"({seen['samples'] / seen['seconds']:.0f} samples a second"
              f" inserted, at most {seen['latest']:.1f} s late)")
    table.add("… CPU of mongod", 100 * watch.cores["mongod"], "% of a core")
    spent = {name: [after - then for after, then in zip(seconds_of(port, name), timers[name])] for name in timers}
    for work, name, budget in (("evaluation of all pools", "scaling_evaluation_seconds", 1000),
                               ("a whole look, its reading included", "scaling_look_seconds", None)):
        total, count = spent[name]
        table.add(f"… {work}", 1000 * total / max(count, 1), "ms", budget=budget, note=f"({count:.0f} looks)")
    table.add("… samples read a look", done["scaling_samples_read_total"] / max(spent["scaling_look_seconds"][1], 1), "")
    table.add("… decisions stored", done["scaling_decisions_total"], "",
              note=f"({done['scaling_activated_total']:.0f} nodes activated, {done['scaling_drained_total']:.0f} drained)")
    table.add("… memory of the daemon at the begin", began / 1e6, "MB")
    table.add("… and at the end", memory(daemon.pid) / 1e6, "MB", note=f"({watch.growth():.1f} MB a minute in the second half)")
    daemon.stop()
