import Logging
import Web

/// The file of `--page-token-file`, looked at every ten seconds: a new token serves without a restart.
struct PageTokenFile: Sendable {
    let token: PageToken
    private let file: SecretFile

    init(_ path: String) throws(CommandFailure) {
        file = SecretFile(path)
        do {
            token = try PageToken(try PageTokenFile.text(file))
        } catch {
            throw CommandFailure(.usage, "--page-token-file: \(PageTokenFile.said(error, of: path))")
        }
    }

    /// Takes up what stands there by now, until it is cancelled. What can't be used is told once, and the former goes on.
    func follow(_ logger: Logger) async {
        var told: String?
        while (try? await ContinuousClock().sleep(for: .seconds(10))) != nil {
            do {
                if try token.replace(with: try PageTokenFile.text(file)) { logger.info("the page's new token serves") }
                told = nil
            } catch {
                let fault = PageTokenFile.said(error, of: file.path)
                if told != fault { logger.error("the page's token can't be read anew", metadata: ["why": "\(fault)"]) }
                told = fault
            }
        }
    }

    private static func text(_ file: SecretFile) throws -> String { String(decoding: try file.bytes(), as: UTF8.self) }

    private static func said(_ error: any Error, of path: String) -> String {
        error is PageToken.Fault ? "\(path) \(error)" : "\(error)"
    }
}
