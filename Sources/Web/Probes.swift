package import Hummingbird

/// `/healthz` and `/readyz`: whether the process should be restarted, and whether it should be sent requests.
package struct Probes: Sendable {
    /// What a probe answers: nil is well, a text is why not.
    package typealias Question = @Sendable () async -> String?

    private let health: Question
    private let readiness: Question

    package init(health: @escaping Question, readiness: @escaping Question) {
        self.health = health
        self.readiness = readiness
    }

    package func add(to router: Router<WebServer.Context>) {
        for (path, question) in [("healthz", health), ("readyz", readiness)] {
            router.get(RouterPath(path)) { _, _ in
                let fault = await question()
                return Response(
                    status: fault == nil ? .ok : .serviceUnavailable, headers: [.contentType: "text/plain"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: (fault ?? "ok") + "\n")))
            }
        }
    }
}
