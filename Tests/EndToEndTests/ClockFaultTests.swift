import BSON
import Foundation
import MongoDB
import Testing

/// Machines whose clocks are wrong: the daemon's, an agent's (FAULTS, row 3).
struct ClockFaultTests {
    /// Shifts the wall clock alone. (libfaketime 0.9.10 also shifts the deadlines of timers on the monotonic clocks,
    /// which it leaves alone itself: an hour back, every sleep of a Swift program lasts an hour.)
    private static let shift = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <pthread.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        int clock_gettime(clockid_t id, struct timespec *at) {
            long result = syscall(SYS_clock_gettime, id, at);
            if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += SHIFT;
            return (int)result;
        }
        int gettimeofday(struct timeval *restrict at, void *restrict zone) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            at->tv_sec = now.tv_sec;
            at->tv_usec = now.tv_nsec / 1000;
            return 0;
        }
        time_t time(time_t *at) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (at) *at = now.tv_sec;
            return now.tv_sec;
        }
        /* The kernel's clock is right, so a deadline by the wall clock is given back to it. */
        int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                                   const struct timespec *restrict deadline) {
            int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *) =
                dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
            struct timespec given = *deadline;
            if (given.tv_sec > 1000000000) given.tv_sec -= SHIFT;
            return wait(condition, mutex, &given);
        }
        """

    private func library(_ sandbox: Sandbox, seconds: Int) throws -> String {
        let source = try sandbox.write("shift.c", Self.shift)
        let library = "\(sandbox.folder)/shift\(seconds).so"
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = ["cc", "-shared", "-fPIC", "-O1", "-DSHIFT=(\(seconds))", source, "-o", library]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0, "the shifted clock does not compile")
        return library
    }

    @Test(arguments: [1, -1])
    func `with a clock that is an hour off nothing is taken over and no heartbeat is lost`(hours: Int) async throws {
        // It mostly waits.
        try await Sandbox.run(queued: false) { sandbox in
            let clock = ContinuousClock()
            let wrong = ["LD_PRELOAD": try library(sandbox, seconds: hours * 3600)]
            let right = try sandbox.daemon("right")
            try await right.says("leading")
            let standby = try sandbox.daemon("wrong", environment: wrong)
            try await standby.says("waiting for the lease")
            try #expect(abs(offset(of: standby) - Double(hours * 3600)) < 120, "its clock is not wrong")
            // Longer than a lease lasts.
            let end = clock.now + .seconds(17)
            while clock.now < end {
                #expect(try await sandbox.documents("leases", ["holder": "right"]).count == 1)
                try await clock.sleep(for: .seconds(1))
            }
            right.signal(SIGTERM)
            try await standby.says("leading")

            try await sandbox.reeve(
                "apply", "-f", try sandbox.write("fleet.yaml", GeneratedFleet(pools: 1, nodes: 5).manifests))
            try await sandbox.settled()
            try await eventually("all are active") {
                try await beat(sandbox)
                return try await sandbox.count("nodes", ["status": "active"]) == 5
            }
            // Two looks at heartbeats and more.
            let watched = clock.now + .seconds(12)
            while clock.now < watched {
                try await beat(sandbox)
                try await clock.sleep(for: .seconds(1))
                #expect(try await sandbox.count("nodes", ["status": "active"]) == 5)
            }
            #expect(try await sandbox.count("events", ["reason": "HeartbeatLost"]) == 0)
            #expect(try await sandbox.count("node_history", ["to": "error"]) == 0)
        }
    }

    /// The agent's is 5 minutes ahead, so that its reports are refused at first; the daemon's an hour.
    @Test func `with two wrong clocks reports have MongoDB's time, and none is given up`() async throws {
        try await Sandbox.run { sandbox in
            let reporting = try await Reporting.start(
                sandbox, environment: ["LD_PRELOAD": try library(sandbox, seconds: 3600)])
            try #expect(abs(offset(of: reporting.daemon) - 3600) < 120, "its clock is not wrong")
            let began = Date()
            let agent = try reporting.agent(environment: ["LD_PRELOAD": try library(sandbox, seconds: 300)])
            try await agent.says("this machine's clock is")
            try await eventually(within: .seconds(60), "samples") { try await reporting.instants().count >= 3 }
            for instant in try await reporting.instants() {
                #expect(instant > began.addingTimeInterval(-1) && instant < Date().addingTimeInterval(1))
            }
            #expect(!agent.errors.contains("given up"))
        }
    }

    private func beat(_ sandbox: Sandbox) async throws {
        let now: Document = ["$currentDate": ["last_heartbeat": true]]
        try await sandbox.write("nodes", .updateMany(filter: [:], update: now))
    }

    /// How far the times in its log are from this process' own, in seconds.
    private func offset(of daemon: ChildProcess) throws -> Double {
        let line = try #require(daemon.errors.split(separator: "\n").last)
        let time = try #require(line.split(separator: " ").first)
        return try Date(String(time), strategy: .iso8601).timeIntervalSinceNow
    }
}
