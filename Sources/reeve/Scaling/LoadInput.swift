import Fleet
import Manifests
import Planning

/// A load series as `--load` names it.
struct LoadInput {
    let path: String

    /// How a drawing calls it.
    var title: String {
        path == "-" ? "standard input" : path.split(separator: "/").last.map(String.init) ?? path
    }

    func series(_ half: LoadSeries.Half?, _ terminal: Terminal) throws -> LoadSeries {
        let file = try InputFile.read(path)
        guard file.bytes.count <= LoadFile.mostBytes else {
            throw CommandFailure(.invalid, "\(path): the file is larger than \(LoadFile.mostBytes >> 20) MiB")
        }
        let (rows, errors) = LoadFile.rows(in: file.bytes, file: file.path)
        guard errors.isEmpty else { throw errors.refused(terminal) }
        do { return try LoadSeries(rows, half: half) } catch {
            switch error {
            case .empty: throw CommandFailure(.invalid, "\(path): there are no rows in that half")
            case .tooLong:
                throw CommandFailure(
                    .invalid, "\(path): the series is longer than \(LoadSeries.mostMinutes) minutes")
            case .noLoad:
                throw CommandFailure(.invalid, "\(path): 99.9 % of the values are 0, so there is no load to speak of")
            }
        }
    }
}
