import BSON
import LocalMongo
import MongoDB
import Testing

@Suite struct ConnectionStringTests {
    private static let secret = "hunter2%2F%40x"

    @Test func `nothing shows the password`() throws {
        let uri = try ConnectionString(
            "mongodb://alice:\(Self.secret)@db1.example:27017,db2.example/fleet?tls=true&"
                + "tlsCertificateKeyFilePassword=other-secret")
        var dumped = ""
        dump(uri, to: &dumped)
        for text in ["\(uri)", uri.redacted, String(reflecting: uri), dumped, "\([uri])"] {
            #expect(text.contains("db1.example"))
            for secret in ["hunter2", "alice", "other-secret"] {
                #expect(!text.contains(secret), "\(text)")
            }
        }
        #expect(uri.hosts == ["db1.example:27017", "db2.example:27017"])
        #expect(uri.database == "fleet")
        #expect(uri.username == "alice")
    }

    @Test(arguments: [
        "", "localhost", "http://localhost", "mongodb://", "mongodb://user:pa/ss-hunter2@host",
        "mongodb://user:hunter2%zz@host", "mongodb://user:hunter2:x@host:notaport", "mongodb://h\u{0}st",
        "mongodb://user:hun@ter2@host/?replicaSet=",
    ])
    func `what is not a URI is refused without quoting secrets`(text: String) {
        let error = #expect(throws: MongoError.self) { try ConnectionString(text) }
        #expect(error?.kind == .invalidArgument)
        let message = error?.description ?? ""
        #expect(!message.contains("hunter2") && !message.contains("ter2") && !message.contains("pa/ss"), "\(message)")
    }

    @Test(arguments: [
        ("no URI here", "no URI here"),
        ("calling mongodb://a:b@c:1/d failed", "calling mongodb://***@c:1/d failed"),
        ("mongodb://a:b@x@c and http://e:f@g", "mongodb://***@c and http://***@g"),
        ("the key is Tr0ub4dor.", "the key is ***."),
        ("mongodb://host:1/", "mongodb://host:1/"),
    ])
    func `texts are freed of secrets`(text: String, expected: String) {
        #expect(Redaction(secrets: ["Tr0ub4dor", ""])(text) == expected)
    }

    @Test func `an application name that the server would refuse is refused`() async throws {
        let error = await mongoError {
            let name = String(repeating: "x", count: 129)
            try await TestServer.withClient(of: "mongodb://127.0.0.1:1/", appName: name) { _ in }
        }
        #expect(error?.kind == .invalidArgument)
    }
}
