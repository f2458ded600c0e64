import Fleet
import Testing

@testable import reeve

struct AgeTests {
    @Test(arguments: [
        (0, "0s"), (5, "5s"), (119, "119s"), (120, "2m"), (3599, "59m"), (7199, "119m"), (7200, "2h"),
        (172_799, "47h"), (172_800, "2d"), (345_600, "4d"),
        // A clock that is behind the server's makes no age below nothing.
        (-3, "0s"),
    ])
    func `an age is one number and its unit`(seconds: Int64, text: String) {
        #expect(Age.text(seconds: seconds) == text)
        #expect(Age.text(from: Sample.now.advanced(seconds: -seconds), to: Sample.now) == text)
    }
}
