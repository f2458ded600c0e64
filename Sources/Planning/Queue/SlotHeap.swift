/// A binary heap of slots, the earliest entry on top.
///
/// Each entry knows its position, so a due time moves and a key leaves in O(log n) and no stale item stays behind
/// (which a heap without positions would collect with every change of a due time).
struct SlotHeap {
    private(set) var slots: [Int32] = []

    var top: Int32? { slots.first }

    mutating func insert(_ slot: Int32, in entries: inout [QueueEntry]) {
        slots.append(slot)
        rise(slots.count - 1, in: &entries)
    }

    mutating func remove(_ slot: Int32, in entries: inout [QueueEntry]) {
        let position = Int(entries[Int(slot)].position)
        entries[Int(slot)].position = -1
        let last = slots.removeLast()
        if slots.isEmpty, slots.capacity > 1024 { slots = [] }
        guard last != slot else { return }
        slots[position] = last
        rise(position, in: &entries)
        sink(Int(entries[Int(last)].position), in: &entries)
    }

    /// After the entry of `slot` became earlier.
    mutating func moved(_ slot: Int32, in entries: inout [QueueEntry]) {
        rise(Int(entries[Int(slot)].position), in: &entries)
    }

    /// How many are due: walks only those and their children.
    func count(dueBy now: Int64, in entries: [QueueEntry]) -> Int {
        var found = 0
        var open = [0]
        while let position = open.popLast() {
            guard position < slots.count, entries[Int(slots[position])].due <= now else { continue }
            found += 1
            open.append(2 * position + 1)
            open.append(2 * position + 2)
        }
        return found
    }

    private mutating func rise(_ start: Int, in entries: inout [QueueEntry]) {
        let slot = slots[start]
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard entries[Int(slot)].precedes(entries[Int(slots[parent])]) else { break }
            put(slots[parent], at: position, in: &entries)
            position = parent
        }
        put(slot, at: position, in: &entries)
    }

    private mutating func sink(_ start: Int, in entries: inout [QueueEntry]) {
        let slot = slots[start]
        var position = start
        while true {
            var child = 2 * position + 1
            guard child < slots.count else { break }
            if child + 1 < slots.count, entries[Int(slots[child + 1])].precedes(entries[Int(slots[child])]) {
                child += 1
            }
            guard entries[Int(slots[child])].precedes(entries[Int(slot)]) else { break }
            put(slots[child], at: position, in: &entries)
            position = child
        }
        put(slot, at: position, in: &entries)
    }

    private mutating func put(_ slot: Int32, at position: Int, in entries: inout [QueueEntry]) {
        slots[position] = slot
        entries[Int(slot)].position = Int32(position)
    }
}
