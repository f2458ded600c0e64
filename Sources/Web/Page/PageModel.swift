internal import Fleet

// What the templates show: texts and flags, ready but for escaping. Members are read by their names.

/// One condition, or one fact, in a word and with its reason.
struct Badge: Sendable {
    /// A class of the style sheet: good, calm, warn, bad.
    var tone: String
    var text: String
    var reason: String?
    var message: String?

    init(_ tone: String, _ text: String, reason: String? = nil, message: String? = nil) {
        self.tone = tone
        self.text = text
        self.reason = reason
        self.message = message.flatMap { $0.isEmpty ? nil : $0 }
    }
}

struct OverviewModel: Sendable {
    var fault: String?
    var at: String
    var summary: String
    var cells: [Cell]

    struct Cell: Sendable {
        var label: String
        var value: String
        var note: String
        var tone: String
    }
}

/// Renders to nothing when there are no sets.
struct SetsModel: Sendable {
    var rows: [Row]
    var cut: String?
    var isShown: Bool

    struct Row: Sendable {
        var name: String
        var directory: String
        var badges: [Badge]
        /// What releases the deletions that are held; nil where nothing can be approved.
        var approval: String?
        var resources: String
        /// What else there is to say of them: `2 going, 1 set by hand`.
        var further: String?
        var attempted: Content?
        var applied: Content?
        /// When it is tried again by itself, and how often it was.
        var next: String?
    }

    /// What a directory held.
    struct Content: Sendable {
        /// `9f2c41d07b of main`; nil outside of git.
        var commit: String?
        var digest: String
        /// `3 min ago`.
        var age: String
        var instant: String
    }
}

struct PoolsModel: Sendable {
    var rows: [Row]
    var cut: String?

    struct Row: Sendable {
        var id: String
        var name: String
        var link: String
        var badges: [Badge]
        var shares: String
        var counts: String
        /// What the scaler wants, and why; nil where nobody scales.
        var wanted: String?
        var cpu: String
        var sparkline: String
    }
}

struct NodesModel: Sendable {
    var rows: [Row]
    /// How many of how many.
    var cut: String?
    /// What to say when there are none.
    var empty: String

    struct Row: Sendable {
        var id: String
        var name: String
        var pool: String?
        var poolLink: String?
        var state: Badge
        var badges: [Badge]
        var cpu: String
        var memory: String
        var heartbeat: String
    }
}

struct DecisionsModel: Sendable {
    var rows: [Row]

    struct Row: Sendable {
        var time: String
        var instant: String
        var pool: String
        var link: String
        /// `4 → 6`.
        var change: String
        var reason: String
        var sentence: String
        var moves: String?
    }
}

struct EventsModel: Sendable {
    var rows: [Row]

    struct Row: Sendable {
        var time: String
        var instant: String
        var type: Badge
        var object: String
        var reason: String
        var message: String
    }
}

/// The frame that the sections stand in.
struct PageFrame: Sendable {
    var title: String
    var style: String
    var script: String
    var overview: String
    var sets: String
    var hasSets: Bool
    var pools: String
    var nodes: String
    var decisions: String
    var events: String
    var version: String
    var filter: String?
    var choices: [Choice]

    struct Choice: Sendable {
        var value: String
        var isChosen: Bool
    }
}
