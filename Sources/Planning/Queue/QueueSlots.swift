import Fleet

/// What the queue knows of one key, in 56 bytes: a fleet of 100,000 stands in the queue at each resync.
struct QueueEntry {
    enum Place: UInt8 {
        /// In the heap of its urgency.
        case scheduled
        /// Waits for another resource: in no heap.
        case parked
        /// Taken, not yet finished: in no heap. `again` says whether it was added meanwhile.
        case running
        /// No key stands here.
        case free
    }

    var key: ResourceKey
    /// When it is to be taken; while running, only if `again`.
    var due: Int64 = 0
    /// Numbers the keys in the order in which they were scheduled.
    var arrival: UInt64 = 0
    /// Failures in a row.
    var attempts: UInt32 = 0
    /// Where it stands in its heap.
    var position: Int32 = -1
    let hash: UInt32
    var urgency = Urgency.resync
    var place = Place.parked
    let rank: UInt8
    var again = false

    init(key: ResourceKey, hash: UInt32) {
        self.key = key
        self.hash = hash
        // The order in which they are served: what others refer to comes first.
        rank =
            switch key.kind {
            case .scalingPolicy: 0
            case .nodePool: 1
            case .node: 2
            }
    }

    /// Due time, then kind, then arrival.
    func precedes(_ other: QueueEntry) -> Bool {
        if due != other.due { return due < other.due }
        if rank != other.rank { return rank < other.rank }
        return arrival < other.arrival
    }
}

/// The entries of the queue in numbered slots, found by key.
///
/// A dictionary would hold each key twice (here and as its own); this index holds four bytes a bucket: open addressing
/// with linear probing over a power of two, at most three quarters full; removal shifts back, so there are no graves.
struct QueueSlots {
    private(set) var count = 0
    var entries: [QueueEntry] = []
    private var free: [Int32] = []
    private var buckets: [Int32] = []

    subscript(slot: Int32) -> QueueEntry {
        get { entries[Int(slot)] }
        _modify { yield &entries[Int(slot)] }
    }

    func slot(of key: ResourceKey) -> Int32? {
        guard count > 0 else { return nil }
        let hash = QueueSlots.hash(key)
        var bucket = home(hash)
        while buckets[bucket] >= 0 {
            let slot = buckets[bucket]
            if entries[Int(slot)].hash == hash, entries[Int(slot)].key == key { return slot }
            bucket = (bucket + 1) & (buckets.count - 1)
        }
        return nil
    }

    /// `key` must not be there yet.
    mutating func insert(_ key: ResourceKey) -> Int32 {
        if (count + 1) * 4 > buckets.count * 3 { grow() }
        let entry = QueueEntry(key: key, hash: QueueSlots.hash(key))
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
            entries[Int(slot)] = entry
        } else {
            slot = Int32(entries.count)
            entries.append(entry)
        }
        place(slot)
        count += 1
        return slot
    }

    mutating func remove(_ slot: Int32) {
        let mask = buckets.count - 1
        var hole = home(entries[Int(slot)].hash)
        while buckets[hole] != slot { hole = (hole + 1) & mask }
        var probe = (hole + 1) & mask
        while buckets[probe] >= 0 {
            // A bucket may move back into the hole unless its home lies after the hole.
            let distance = (probe - home(entries[Int(buckets[probe])].hash)) & mask
            if distance >= (probe - hole) & mask {
                buckets[hole] = buckets[probe]
                hole = probe
            }
            probe = (probe + 1) & mask
        }
        buckets[hole] = -1
        entries[Int(slot)].place = .free
        free.append(slot)
        count -= 1
        // After a resync the room of the whole fleet is given back.
        if count == 0, entries.count > 1024 { self = QueueSlots() }
    }

    private mutating func grow() {
        buckets = Array(repeating: -1, count: max(16, buckets.count * 2))
        for slot in entries.indices where entries[slot].place != .free { place(Int32(slot)) }
    }

    private mutating func place(_ slot: Int32) {
        var bucket = home(entries[Int(slot)].hash)
        while buckets[bucket] >= 0 { bucket = (bucket + 1) & (buckets.count - 1) }
        buckets[bucket] = slot
    }

    private func home(_ hash: UInt32) -> Int { Int(hash) & (buckets.count - 1) }

    private static func hash(_ key: ResourceKey) -> UInt32 {
        UInt32(truncatingIfNeeded: key.hashValue)
    }
}
