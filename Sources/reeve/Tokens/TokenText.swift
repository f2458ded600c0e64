import BSON
import Crypto
import Fleet
import Foundation

/// A token as it is given to a node: `reeve_` and 32 random bytes in base64url, without padding.
struct TokenText {
    let text: String

    /// Drawn from the system's own generator, which is made for secrets.
    static func random() -> TokenText {
        var generator = SystemRandomNumberGenerator()
        return TokenText(bytes: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    init(bytes: [UInt8]) {
        let base64 = Data(bytes).base64EncodedString()
        text = "reeve_" + base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// What is stored: of the text's bytes, prefix and all.
    var digest: [UInt8] { Array(SHA256.hash(data: Data(text.utf8))) }
}

extension NodeToken {
    /// What people name a token by: enough of its digest to tell it from all others.
    var shortID: String { String(Hexadecimal.encode(digest).prefix(12)) }
}
