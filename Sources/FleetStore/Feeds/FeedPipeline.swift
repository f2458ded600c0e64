import BSON

/// What the server leaves out of the feed.
enum FeedPipeline {
    /// The fields that move all the time and that nobody waits for.
    private static let beats: Value = ["last_heartbeat", "updated_at"]

    static let watched = ["desired", "nodes", "node_pools"]

    private static let names: Value = ["$in": .array(watched.map(Value.string))]

    static let stages: [Document] = [
        [
            "$match": [
                "$or": [
                    [
                        "ns.coll": names,
                        "operationType": ["$in": ["insert", "update", "replace", "delete", "drop", "rename"]],
                    ],
                    // Another collection takes a watched one's place.
                    ["to.coll": names, "operationType": "rename"],
                    ["operationType": "dropDatabase"],
                ],
                "$expr": ["$not": [["$and": isBeat]]],
            ]
        ],
        // The event's own `_id` is the stream's token and stays by itself.
        [
            "$project": [
                "operationType": 1, "ns.coll": 1, "to.coll": 1, "documentKey": 1, "lsid.id": 1,
                "txnNumber": 1, "fullDocument.node_id": 1,
                "fullDocument.pool_id": 1, "fullDocument.spec.pool_id": 1,
            ]
        ],
    ]

    /// Only an update that sets nothing but these fields, and removes and shortens nothing. (A filter on the updated
    /// fields alone would lose an `$unset`, and an insert, which has none, would end the stream.)
    private static let isBeat: Value = [
        ["$eq": ["$operationType", "update"]],
        ["$eq": [["$ifNull": ["$updateDescription.removedFields", []]], []]],
        ["$eq": [["$ifNull": ["$updateDescription.truncatedArrays", []]], []]],
        [
            "$setIsSubset": [
                [
                    "$map": [
                        "input": ["$objectToArray": ["$ifNull": ["$updateDescription.updatedFields", [:]]]],
                        "in": "$$this.k",
                    ]
                ],
                beats,
            ]
        ],
    ]
}
