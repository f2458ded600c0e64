import Foundation
import NIOSSL
import Synchronization

/// The certificate and key of the server, read from their files; read again when these change, so that a renewed
/// certificate serves new connections without a restart.
package final class TransportSecurity: Sendable {
    /// Why files can't be used; one line, and nothing of what is in a key.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    private struct State: Sendable {
        var context: NIOSSLContext
        var stamps: [Stamp]
    }

    private struct Stamp: Hashable {
        var modified: Date?
        var size: UInt64?
        /// A mend may change nothing but who may read it.
        var mode: Int?
        var owner: Int?
    }

    private let certificate: String
    private let key: String
    private let readKey: ReadKey
    private let state: Mutex<State>

    /// Reads the file of the key, whose path it is given; what it throws is told as it describes itself.
    package typealias ReadKey = @Sendable (String) throws -> [UInt8]

    /// - Parameters:
    ///   - certificate: a PEM file: the server's certificate, then those that lead to its root.
    ///   - key: a PEM file with the certificate's private key.
    package init(certificate: String, key: String, readKey: @escaping ReadKey) throws(Fault) {
        self.certificate = certificate
        self.key = key
        self.readKey = readKey
        let stamps = [certificate, key].map(TransportSecurity.stamp)
        state = Mutex(State(context: try TransportSecurity.read(certificate, key, readKey), stamps: stamps))
    }

    var context: NIOSSLContext { state.withLock(\.context) }

    /// Reads the files again if they changed; true when new ones serve. On a fault the former go on.
    func renew() throws(Fault) -> Bool {
        let stamps = [certificate, key].map(TransportSecurity.stamp)
        guard stamps != state.withLock(\.stamps) else { return false }
        // Noted first: files that are wrong are told of once, not at every look.
        state.withLock { $0.stamps = stamps }
        let context = try TransportSecurity.read(certificate, key, readKey)
        state.withLock { $0.context = context }
        return true
    }

    private static func stamp(_ path: String) -> Stamp {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return Stamp(
            modified: attributes?[.modificationDate] as? Date, size: (attributes?[.size] as? NSNumber)?.uint64Value,
            mode: (attributes?[.posixPermissions] as? NSNumber)?.intValue,
            owner: (attributes?[.ownerAccountID] as? NSNumber)?.intValue)
    }

    private static func read(
        _ certificate: String, _ key: String, _ readKey: ReadKey
    ) throws(Fault) -> NIOSSLContext {
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMBytes(bytes(of: certificate)) } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(description: "\(certificate) holds no certificate in PEM form")
        }
        guard !chain.isEmpty else { throw Fault(description: "\(certificate) holds no certificate in PEM form") }
        let keyBytes: [UInt8]
        do { keyBytes = try readKey(key) } catch { throw Fault(description: "\(error)") }
        let privateKey: NIOSSLPrivateKey
        do { privateKey = try NIOSSLPrivateKey(bytes: keyBytes, format: .pem) } catch {
            throw Fault(description: "\(key) holds no private key in PEM form without a passphrase")
        }
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map(NIOSSLCertificateSource.certificate), privateKey: .privateKey(privateKey))
            // The library's own least is 1.0.
            configuration.minimumTLSVersion = .tlsv12
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw Fault(description: "the key in \(key) is not that of the certificate in \(certificate)")
        }
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw Fault(description: "\(path) can't be read")
        }
    }
}
