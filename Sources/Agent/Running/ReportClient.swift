import AsyncHTTPClient
internal import Fleet
internal import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Sends reports of one node with its token.
package final class ReportClient: Sendable {
    private let url: IngestURL
    private let nodeID: String
    private let source: TokenSource
    private let token: Mutex<String>
    private let client: HTTPClient

    private static let connectLimit = TimeAmount.seconds(5)
    private static let limit = TimeAmount.seconds(30)
    private static let mostAnswer = 64 << 10

    /// - Parameters:
    ///   - authorities: a file of certificates (PEM) to trust instead of the system's; nil for those.
    /// - Throws: `TokenSource.Fault`, `AuthoritiesFault`.
    package init(_ url: IngestURL, nodeID: String, token source: TokenSource, authorities: String?) throws {
        self.url = url
        self.nodeID = nodeID
        self.source = source
        token = Mutex(try source.token())
        var encryption = TLSConfiguration.makeClientConfiguration()
        // What stands by itself is TLS 1.0.
        encryption.minimumTLSVersion = .tlsv12
        if let authorities { encryption.trustRoots = .certificates(try AuthoritiesFault.certificates(authorities)) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: encryption)
        // A token is shown to nobody else.
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = ReportClient.connectLimit
        // Whoever restarts the daemon finds out at the next report, not after a series of attempts inside the client.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package func close() async { try? await client.shutdown() }

    /// A token that is refused is read anew, and if it is another, tried at once.
    package func send(_ request: AgentState.Request) async -> Answer {
        let used = token.withLock(\.self)
        let answer = await send(request, token: used)
        guard case .refused(let refusal) = answer, refusal.status == 401 else { return answer }
        do {
            let fresh = try source.token()
            guard fresh != used else { return answer }
            token.withLock { $0 = fresh }
            return await send(request, token: fresh)
        } catch {
            return .refused(Refusal(status: 401, reason: [refusal.reason, "\(error)"].joined(separator: "; ")))
        }
    }

    private func send(_ request: AgentState.Request, token: String) async -> Answer {
        var message = HTTPClientRequest(url: url.report(of: nodeID, drained: request.drained, ingest: request.ingest))
        message.method = .POST
        message.headers.add(name: "authorization", value: "Bearer \(token)")
        message.headers.add(name: "content-type", value: "application/json")
        message.headers.add(name: "user-agent", value: "reeve-agent")
        message.body = .bytes(ByteBuffer(string: request.body))
        do {
            let response = try await client.execute(message, timeout: ReportClient.limit)
            let body = Array(try await response.body.collect(upTo: ReportClient.mostAnswer).readableBytesView)
            guard response.status == .ok else {
                return .refused(
                    Refusal(
                        status: Int(response.status.code), retryAfter: response.headers.first(name: "retry-after"),
                        body: body))
            }
            guard let receipt = Receipt(json: body) else { return .none("its answer is none of Reeve's") }
            return .taken(receipt)
        } catch let error as HTTPClientError {
            return .none(error.shortDescription)
        } catch {
            return .none(ReportClient.text(error))
        }
    }

    private static func text(_ error: any Error) -> String {
        guard case NIOSSLError.handshakeFailed(let fault) = error else { return "\(error)" }
        // BoringSSL's code is told in its text alone, and says no more than this.
        if "\(fault)".contains("CERTIFICATE_VERIFY_FAILED") {
            return
                "the server's certificate is not trusted: it is of an authority that isn't known here (--ca-file), it "
                + "has expired, or this machine's clock is wrong"
        }
        return "TLS fails: \(fault)"
    }
}

/// The certificates of `--ca-file` can't be used; one line.
package struct AuthoritiesFault: Error, CustomStringConvertible {
    package let description: String

    static func certificates(_ path: String) throws(AuthoritiesFault) -> [NIOSSLCertificate] {
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(path), !certificates.isEmpty else {
            throw AuthoritiesFault(description: "the file \(path) of --ca-file holds no certificate in PEM form")
        }
        return certificates
    }
}
