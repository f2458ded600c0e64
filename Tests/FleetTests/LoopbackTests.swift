import Fleet
import Testing

struct LoopbackTests {
    @Test(arguments: ["localhost", "LocalHost", "::1", "[::1]", "127.0.0.1", "127.255.255.254"])
    func `these are this machine`(host: String) {
        #expect(Loopback.isNamed(host))
    }

    @Test(arguments: [
        "", "localhost.example", "[::2]", "0.0.0.0", "127.0.0", "127.0.0.256", "127.0.0.1.example", "127.+1.0.1",
        "127.0.0.", "128.0.0.1", "10.0.0.7",
    ])
    func `these are not`(host: String) {
        #expect(!Loopback.isNamed(host))
    }
}

struct JSONQuotingTests {
    @Test(arguments: [
        ("plain", "\"plain\""), ("", "\"\""), ("a\"b\\c", "\"a\\\"b\\\\c\""),
        ("\n\t\r\u{1}\u{7F}\u{2028}", "\"\\n\\t\\r\\u0001\\u007f\\u2028\""), ("é😀/", "\"é😀/\""),
        // A quote is a quote, also where a combining mark follows it.
        ("\"\u{301}", "\"\\\"\u{301}\""),
    ])
    func `a text becomes a string of JSON`(text: String, json: String) {
        #expect(Array(text.jsonQuoted.utf8) == Array(json.utf8))
    }
}
