"""What takes long: a daemon that is killed over and over, and one that works for ten minutes. Called by Tests/soak."""

import argparse
import os
import random
import signal
import socket
import time
from datetime import datetime

from reeve import Failure, Workshop, fleet, memory, progress

# What differs from run to run and means nothing.
VOLATILE = {"_id", "created_at", "updated_at", "at", "observed_id", "last_transition_time", "first_revision", "revision"}
KILL_POINTS = range(1, 13)


def steady(value):
    """A document without what is volatile."""
    if isinstance(value, dict):
        return {name: steady(inner) for name, inner in value.items() if name not in VOLATILE}
    return [steady(inner) for inner in value] if isinstance(value, list) else value


def state(shop, database):
    """What stands in the data model's collections and in `status`, by id; and how often each node's status changed."""
    documents = {}
    for collection, name in (("nodes", "node_id"), ("node_pools", "pool_id"), ("status", "_id")):
        for document in shop.raw("dump", database, collection):
            # How often a pool was looked at on the way differs; what it says at the end may not.
            document.pop("transitions", None)
            document.pop("events", None)
            documents[f"{collection}/{document[name]}"] = steady(document)
    history = {}
    for entry in shop.raw("dump", database, "node_history"):
        history[entry["node_id"]] = history.get(entry["node_id"], 0) + 1
    return documents, history


def expect_same(found, wanted, what):
    for part, name in ((0, "documents"), (1, "node history")):
        if found[part] == wanted[part]:
            continue
        keys = sorted(set(found[part]) | set(wanted[part]))
        first = next(key for key in keys if found[part].get(key) != wanted[part].get(key))
        raise Failure(f"{what}: {name} differ from the undisturbed run, first at {first}:\n"
                      f"  found  {found[part].get(first)}\n  wanted {wanted[part].get(first)}")


def expect_quiet(shop, database, count):
    """A further pass writes nothing."""
    before = shop.writes(database)
    daemon = shop.daemon(database, verbose=True)
    daemon.await_line("looked at everything")
    shop.settled(database, count)
    time.sleep(2)
    daemon.stop()
    if shop.writes(database) != before:
        raise Failure(f"a pass over a settled fleet wrote: {before} became {shop.writes(database)}")


def undisturbed(shop, path, count, database):
    shop.reeve("init", database=database)
    shop.reeve("apply", "-f", path, database=database)
    daemon = shop.daemon(database)
    daemon.await_line("leading")
    began = time.time()
    took = shop.settled(database, count) - began
    time.sleep(2)
    daemon.stop()
    return state(shop, database), took


def kill_points(shop, _):
    """The daemon dies at each numbered point of a pass; the next one ends where an undisturbed one does."""
    path = shop.write("small.yaml", fleet("small", 2, 40))
    wanted, _ = undisturbed(shop, path, 82, "points")
    for point in KILL_POINTS:
        database = f"point{point}"
        shop.reeve("init", database=database)
        armed = {"REEVE_KILL_POINT": f"{point}:1"}
        if point == 12:
            shop.environment.update(armed)
            shop.reeve("apply", "-f", path, database=database, expect=(-signal.SIGKILL,))
            del shop.environment["REEVE_KILL_POINT"]
        shop.reeve("apply", "-f", path, database=database)
        if point != 12:
            ended = shop.daemon(database, environment=armed).await_end()
            if ended != -signal.SIGKILL:
                raise Failure(f"kill point {point} was not hit: the daemon ended with {ended}")
        daemon = shop.daemon(database)
        shop.settled(database, 82)
        time.sleep(1)
        daemon.stop()
        expect_same(state(shop, database), wanted, f"after kill point {point}")
        progress(f"  kill point {point}: the same end")
    expect_quiet(shop, "point1", 82)


def random_kills(shop, arguments):
    """`kill -9` at random moments of a convergence of 5,000."""
    path = shop.write("large.yaml", fleet("large", 5, 1000))
    wanted, took = undisturbed(shop, path, 5005, "large")
    progress(f"  undisturbed: {took:.2f} s")
    chance = random.Random(arguments.seed)
    kills = 0
    database = ""
    while kills < arguments.kills:
        database = f"large{kills}"
        shop.reeve("init", database=database)
        shop.reeve("apply", "-f", path, database=database)
        # Several deaths in one convergence, as long as something is left to do.
        for _ in range(4):
            daemon = shop.daemon(database)
            daemon.await_line("leading")
            time.sleep(chance.uniform(0, took / 3))
            daemon.kill()
            kills += 1
        daemon = shop.daemon(database)
        shop.settled(database, 5005)
        time.sleep(2)
        daemon.stop()
        expect_same(state(shop, database), wanted, f"after {kills} kills")
        progress(f"  {kills} kills: the same end")
    expect_quiet(shop, database, 5005)


def slope(samples):
    """Growth in MB a minute, by least squares."""
    count = len(samples)
    mean_time = sum(at for at, _ in samples) / count
    mean_size = sum(size for _, size in samples) / count
    covariance = sum((at - mean_time) * (size - mean_size) for at, size in samples)
    return 60 * covariance / sum((at - mean_time) ** 2 for at, _ in samples)


def growth(shop, arguments):
    """Memory of the daemon while declarations change and documents are edited by hand."""
    shop.reeve("init", database="growth")
    daemon = shop.daemon("growth")
    daemon.await_line("leading")
    path = shop.write("growth.yaml", fleet("growth", 2, 500))
    shop.reeve("apply", "-f", path, database="growth")
    shop.settled("growth", 1002)
    began, samples, turn = time.time(), [], 0
    while time.time() - began < 60 * arguments.minutes:
        turn += 1
        path = shop.write("growth.yaml", fleet("growth", 2, 500, sessions=1 + turn % 50))
        shop.reeve("apply", "-f", path, database="growth")
        shop.raw("set", "growth", f"node_growth-000-{turn % 500:04}", "configuration.max_sessions", 999)
        time.sleep(1)
        at = time.time() - began
        samples.append((at, memory(daemon.pid) / 1e6))
        if turn % 30 == 0:
            progress(f"  {at / 60:.1f} min, {turn} applies: {samples[-1][1]:.1f} MB")
    later = [sample for sample in samples if sample[0] > 120]
    grew = slope(later)
    progress(f"  {samples[0][1]:.1f} MB at first, {samples[-1][1]:.1f} MB at the end, {grew:+.3f} MB a minute")
    daemon.stop()
    if grew >= 1:
        raise Failure(f"the daemon grows by {grew:.2f} MB a minute; less than 1 is allowed")


def instants(shop, database, node):
    """When the stored samples of a node were measured, in seconds."""
    def seconds(value):
        if isinstance(value, dict):
            return int(value["$numberLong"]) / 1000
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()

    return sorted(seconds(sample["timestamp"]["$date"]) for sample in shop.raw("dump", database, "resource_metrics")
                  if sample["node_id"] == node)


def away(shop, arguments):
    """The daemon is killed and away for five minutes: no report of two agents is lost. Each report is a sample here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--listen", f"127.0.0.1:{port}", "--sample-interval", "1s")
    shop.reeve("init", database="away")
    shop.reeve("apply", "-f", shop.write("away.yaml", fleet("away", 1, 2)), database="away")
    daemon = shop.daemon("away", options=options)
    daemon.await_line("listening")
    agents = {}
    for node, interval in (("node_away-000-0000", 2), ("node_away-000-0001", 15)):
        token = shop.write(f"{node}.token", shop.reeve("token", "create", node, database="away"))
        os.chmod(token, 0o600)
        agents[node] = interval, shop.start(node, [
            "agent", "--server", f"http://127.0.0.1:{port}", "--node", node, "--token-file", token, "--interval",
            f"{interval}s"])
    time.sleep(40)
    daemon.kill()
    left = time.time()
    time.sleep(60 * arguments.away)
    daemon, back = shop.daemon("away", options=options), time.time()
    missing = dict(agents)
    while missing:
        if time.time() - back > 180:
            raise Failure(f"nothing came of {', '.join(missing)} in 180 s")
        time.sleep(0.5)
        for node in [node for node in missing if (instants(shop, "away", node) or [0])[-1] > back]:
            progress(f"  {node}: its reports came {time.time() - back:.1f} s after the daemon was back")
            del missing[node]
    time.sleep(20)
    for node, (interval, agent) in agents.items():
        stored = instants(shop, "away", node)
        gaps = [later - earlier for earlier, later in zip(stored, stored[1:])]
        meanwhile = sum(left < at < back for at in stored)
        progress(f"  {node}, every {interval} s: {len(stored)} samples, {meanwhile} of the {back - left:.0f} s while the "
                 f"daemon was away; gaps of {min(gaps):.2f} to {max(gaps):.2f} s")
        # The first comes after a second; after a missing one there would be two intervals.
        if max(gaps) >= 1.75 * interval or min(gaps[1:]) <= 0.25 * interval:
            raise Failure(f"{node}: samples were lost, or are there twice: {gaps}")
        agent.stop()
    daemon.stop()


PARTS = {"kill-points": kill_points, "kills": random_kills, "memory": growth, "away": away}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reeve", required=True)
    parser.add_argument("--raw", required=True)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--away", type=float, default=5, help="minutes")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("part", choices=PARTS)
    arguments = parser.parse_args()
    progress(f"  seed {arguments.seed}")
    with Workshop(arguments.reeve, arguments.raw) as shop:
        try:
            PARTS[arguments.part](shop, arguments)
        except Failure as failure:
            progress(f"  {failure}")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
