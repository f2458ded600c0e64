import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1))) struct BulkPermitsTests {
    @Test func `no more than there are are given out, and each that comes back can be taken again`() {
        let permits = BulkPermits(2)
        #expect(permits.take(or: Signal()))
        #expect(permits.take(or: Signal()))
        #expect(!permits.take(or: Signal()))
        permits.give()
        #expect(permits.take(or: Signal()))
        #expect(!permits.take(or: Signal()))
    }

    @Test func `a permit that comes back is told to all who wait, not to one who may not want it any more`() async {
        let permits = BulkPermits(1)
        let (busy, sated, hungry) = (Signal(), Signal(), Signal())
        #expect(permits.take(or: busy))
        #expect(!permits.take(or: sated))
        #expect(!permits.take(or: hungry))
        permits.give()
        await sated.wait()
        await hungry.wait()
        #expect(permits.take(or: hungry))
    }
}
