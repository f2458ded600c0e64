import Planning
import Testing

struct BackoffTests {
    @Test(
        arguments: [
            (1, 1000), (2, 2000), (3, 4000), (4, 8000), (5, 16_000), (6, 32_000), (7, 64_000), (8, 128_000),
            (9, 256_000),
            // 512 s would pass the cap of five minutes.
            (10, 300_000), (11, 300_000), (63, 300_000), (64, 300_000), (65, 300_000), (.max, 300_000),
            // There is no attempt before the first.
            (0, 1000), (-1, 1000), (.min, 1000),
        ] as [(Int64, Int64)])
    func `the delay doubles from a second to five minutes`(attempt: Int64, delay: Int64) {
        #expect(Backoff.retry.delay(attempt: attempt) == delay)
    }

    @Test func `jitter takes up to a quarter off and never adds`() {
        var random = SeededGenerator(seed: 1)
        for attempt in Int64(1)...12 {
            let full = Backoff.retry.delay(attempt: attempt)
            let delays = (0..<500).map { _ in Backoff.retry.delay(attempt: attempt, jitter: &random) }
            #expect(delays.allSatisfy { full - full / 4 <= $0 && $0 <= full })
            #expect(Set(delays).count > 200, "spread over the quarter")
        }
    }

    @Test func `nonsense figures still give a positive delay`() {
        var random = SeededGenerator(seed: 1)
        #expect(Backoff(base: 0, cap: 0).delay(attempt: 5, jitter: &random) == 1)
        #expect(Backoff(base: -5, cap: -9).delay(attempt: 1) == 1)
        #expect(Backoff(base: 500, cap: 100).delay(attempt: 9) == 500)
        #expect(Backoff(base: 1, cap: .max).delay(attempt: .max) == .max)
        #expect(Backoff(base: .max, cap: .max).delay(attempt: 2) == .max)
    }

    @Test func `the same seed gives the same numbers`() {
        var one = SeededGenerator(seed: 42)
        var other = SeededGenerator(seed: 42)
        var third = SeededGenerator(seed: 43)
        let numbers = (0..<8).map { _ in one.next() }
        #expect(numbers == (0..<8).map { _ in other.next() })
        #expect(numbers != (0..<8).map { _ in third.next() })
        // The reference implementation's first value for seed 0.
        var zero = SeededGenerator(seed: 0)
        #expect(zero.next() == 0xE220_A839_7B1D_CDAF)
    }
}
