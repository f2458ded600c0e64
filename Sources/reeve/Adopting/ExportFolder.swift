import CFileFacts
import Foundation

/// The directory that manifests are written into; no file of it is replaced unless somebody wants that.
struct ExportFolder {
    let path: String
    let overwrites: Bool

    private func place(_ name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    /// Writes all files, each whole or not at all; if any of them stands there already and may not be replaced, none.
    ///
    /// - Returns: their paths.
    func write(_ files: [ExportLayout.File]) throws(CommandFailure) -> [String] {
        let places = files.map { place($0.name) }
        if !overwrites {
            var facts = reeve_file_facts()
            let standing = places.filter { reeve_facts_of_path($0, &facts) == 0 }
            guard standing.isEmpty else {
                let shown = standing.prefix(3).joined(separator: ", ")
                let more = standing.count > 3 ? " and \(standing.count - 3) more" : ""
                throw CommandFailure(
                    .conflict,
                    "\(shown)\(more) \(standing.count == 1 ? "stands" : "stand") there already: "
                        + "nothing was written; --force replaces \(standing.count == 1 ? "it" : "them")")
            }
        }
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw CommandFailure(.usage, "the directory \(path) can't be made: \(error.localizedDescription)")
        }
        for (file, place) in zip(files, places) { try write(file.text, to: place) }
        return places
    }

    /// Under another name first: a file of manifests that was cut short would be a smaller fleet.
    private func write(_ text: String, to place: String) throws(CommandFailure) {
        let draft = place + ".part"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw failure(place) }
        let isWritten = write(Array(text.utf8), to: descriptor) && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten else {
            let failure = failure(place)
            unlink(draft)
            throw failure
        }
        // Whoever made the file meanwhile keeps it: a link takes nothing's place.
        let isPlaced = overwrites ? rename(draft, place) == 0 : link(draft, place) == 0
        let failure = isPlaced ? nil : failure(place)
        unlink(draft)
        if let failure { throw failure }
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { return false }
            rest = rest.dropFirst(max(count, 0))
        }
        return true
    }

    private func failure(_ place: String) -> CommandFailure {
        CommandFailure(.usage, "\(place) can't be written: \(String(cString: strerror(errno)))")
    }
}
