internal import MongoDB

extension StoreError {
    /// The one place where what MongoDB or its driver says becomes what the store says.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as MongoError: self.init(error)
        default: self = .failed(code: 0, message: "\(error)")
        }
    }

    private init(_ error: MongoError) {
        self =
            switch error.kind {
            case .commitOutcomeUnknown: .outcomeUnknown(error.message)
            case .network, .serverSelection, .notWritablePrimary, .closed, .maxTimeExpired, .writeConcernTimeout:
                .unavailable(error.message)
            case .unauthorized, .authentication: .refused(error.message)
            default: .failed(code: error.code, message: error.message)
            }
    }
}
