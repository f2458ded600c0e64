import CFileFacts
import Glibc

/// The system's files. Nothing here follows a link in a path's last part, waits for a pipe, or leaves a descriptor to a
/// child.
struct FileAccess: Sendable {
    /// The error with which opening a path fails, for tests; nil to ask the system.
    var refusal: @Sendable (_ path: String) -> Int32? = { _ in nil }
    /// The error with which looking at a folder's entry fails, for tests; nil to ask the system.
    var statusRefusal: @Sendable (_ folder: String, _ name: String) -> Int32? = { _, _ in nil }
    /// The clock that stamps files, in nanoseconds since 1970.
    var now: @Sendable () -> Int64 = { FileAccess.systemTime() }

    private static func systemTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// A system call's error number.
    struct Failure: Error {
        var code: Int32
        var message: String { String(cString: strerror(code)) }
    }

    /// What a folder has, hidden names left out.
    struct Names {
        var entries: [(name: String, facts: reeve_file_facts)] = []
        /// Those that are no text.
        var odd: [String] = []
        /// Those that the folder says it has, and the system says it has not.
        var gone: [String] = []
        /// Those that the system does not let anybody look at: of a folder without the right to search it, all.
        var refused: [(name: String, kind: Int32, failure: Failure)] = []
        var identity: FileIdentity
    }

    private func descriptor(_ path: String, _ flags: Int32) throws(Failure) -> Int32 {
        if let code = refusal(path) { throw Failure(code: code) }
        while true {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags)
            if descriptor >= 0 { return descriptor }
            if errno != EINTR { throw Failure(code: errno) }
        }
    }

    private static func facts(
        _ ask: (UnsafeMutablePointer<reeve_file_facts>) -> Int32
    ) throws(Failure) -> reeve_file_facts {
        var facts = reeve_file_facts()
        let code = ask(&facts)
        guard code == 0 else { throw Failure(code: code) }
        return facts
    }

    private static func facts(of descriptor: Int32) throws(Failure) -> reeve_file_facts {
        try facts { reeve_facts_of_descriptor(descriptor, $0) }
    }

    func facts(_ path: String) throws(Failure) -> reeve_file_facts {
        try FileAccess.facts { reeve_facts_of_path(path, $0) }
    }

    /// The folder's visible entries that `isWanted`, given what kind the folder says they are, by their names.
    func names(in folder: String, where isWanted: (String, Int32) -> Bool) throws(Failure) -> Names {
        let descriptor = try descriptor(folder, O_DIRECTORY)
        guard let stream = fdopendir(descriptor) else {
            let code = errno
            close(descriptor)
            throw Failure(code: code)
        }
        defer { closedir(stream) }
        var names = Names(identity: FileIdentity(try FileAccess.facts(of: descriptor)))
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw Failure(code: errno) }
                break
            }
            let kind = Int32(entry.pointee.d_type)
            let (name, isText) = withUnsafeMutablePointer(to: &entry.pointee.d_name.0) { bytes in
                let name = String(validatingCString: UnsafePointer(bytes))
                return (name ?? String(cString: UnsafePointer(bytes)), name != nil)
            }
            guard !name.hasPrefix("."), isWanted(name, kind) else { continue }
            guard isText, !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                names.odd.append(name)
                continue
            }
            do throws(Failure) {
                names.entries.append((name, try facts(of: name, in: folder, descriptor)))
            } catch  where error.code == ENOENT {
                names.gone.append(name)
            } catch {
                names.refused.append((name, kind, error))
            }
        }
        names.entries.sort { precedes($0.name, $1.name) }
        names.odd.sort(by: precedes)
        return names
    }

    private func facts(
        of name: String, in folder: String, _ descriptor: Int32
    ) throws(Failure) -> reeve_file_facts {
        if let code = statusRefusal(folder, name) { throw Failure(code: code) }
        return try FileAccess.facts { reeve_facts_in_folder(descriptor, name, $0) }
    }

    /// What a link says; nil if the path is none.
    func link(_ path: String) throws(Failure) -> String? {
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer throws(Failure) in
            guard let start = buffer.baseAddress else { throw Failure(code: ENOMEM) }
            let count = readlink(path, start, buffer.count)
            guard count >= 0 else {
                if errno == EINVAL { return nil }
                throw Failure(code: errno)
            }
            return String(
                decoding: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]), as: UTF8.self)
        }
    }

    /// A regular file's bytes, at most `limit` of them, and what it was when they were read; nil if it is something else.
    func content(_ path: String, limit: Int) throws(Failure) -> (bytes: [UInt8], identity: FileIdentity)? {
        let descriptor = try descriptor(path, 0)
        defer { close(descriptor) }
        let facts = try FileAccess.facts(of: descriptor)
        guard facts.mode & S_IFMT == S_IFREG else { return nil }
        var bytes: [UInt8] = []
        // One byte more than it has: the read that finds its end needs no buffer of its own.
        var room = min(Int(facts.size), limit - 1) + 1
        while bytes.count < limit {
            let had = bytes.count
            var code: Int32 = 0
            let part = [UInt8](unsafeUninitializedCapacity: min(room, limit - had)) { buffer, count in
                let done = read(descriptor, buffer.baseAddress, buffer.count)
                code = done < 0 ? errno : 0
                count = max(done, 0)
            }
            if code == EINTR { continue }
            if code != 0 { throw Failure(code: code) }
            if part.isEmpty { break }
            if had == 0 { bytes = part } else { bytes += part }
            room = max(room - part.count, 1 << 16)
        }
        return (bytes, FileIdentity(facts))
    }
}
