import Foundation
import Storage

/// What a run has measured, over images shown and over seconds of training: its `metrics.jsonl` and `stats.jsonl`.
public struct RunMeasurements: Sendable {
    public struct Point: Sendable, Equatable {
        public var images: Int
        /// Of training until then; nil where `stats.jsonl` does not tell.
        public var seconds: Double?
        /// As `metrics.jsonl` names them.
        public var values: [String: Double]

        public init(images: Int, seconds: Double?, values: [String: Double]) {
            self.images = images
            self.seconds = seconds
            self.values = values
        }
    }

    /// In the order of images.
    public private(set) var points: [Point] = []
    /// Of training in all, without those that metrics take.
    public private(set) var seconds: Double?
    /// What is missing or was left out, in sentences.
    public private(set) var problems: [String] = []

    /// Values that are no measurements.
    private static let others = ["step", "images", "resolution", "measuring_seconds"]

    public init(_ folder: RunFolder) {
        let clock = TrainingClock(Self.lines(folder.stats, &problems), &problems, path: folder.stats)
        seconds = clock.seconds
        points = Self.lines(folder.metrics, &problems).map { line in
            Point(
                images: line.images, seconds: clock.seconds(at: line.images),
                values: line.numbers.filter { !Self.others.contains($0.key) && !$0.key.hasPrefix("since_start/") })
        }
        if let last = points.last, last.seconds == nil, clock.seconds != nil {
            problems.append("\(folder.stats): ends before the \(last.images) images of the last measurement")
        }
    }

    fileprivate typealias Line = (images: Int, numbers: [String: Double])

    /// The lines of a file by images shown. A run that went back to a checkpoint has done again what follows it: a later
    /// line counts, and those before it of as many images or more do not.
    private static func lines(_ path: String, _ problems: inout [String]) -> [Line] {
        guard FileManager.default.fileExists(atPath: path) else {
            problems.append("\(path): is not there")
            return []
        }
        var found: [Line] = []
        var damaged = 0
        do {
            damaged += try LineFile.read(path) { bytes in
                guard !bytes.isEmpty else { return }
                guard let numbers = NumberLine.numbers(bytes), let images = numbers["images"], images >= 0,
                    images < 1e15
                else { return damaged += 1 }
                while let last = found.last, last.images >= Int(images) { found.removeLast() }
                found.append((Int(images), numbers))
            }
        } catch {
            problems.append("\(error)")
        }
        if damaged > 0 { problems.append("\(path): \(damaged) damaged line\(damaged == 1 ? " is" : "s are") left out") }
        return found
    }
}

/// Seconds of training by images shown, from the speeds that `stats.jsonl` tells between two lines: so they are those of
/// training alone, and a run that was stopped and gone on with has all of them.
private struct TrainingClock {
    private var ticks: [(images: Int, seconds: Double)] = [(0, 0)]

    init(_ lines: [RunMeasurements.Line], _ problems: inout [String], path: String) {
        var missing = 0
        for (images, numbers) in lines where images > 0 {
            // Where one does not tell, the next one's speed counts for both.
            guard let speed = numbers["images_per_second"], speed > 0 else {
                missing += 1
                continue
            }
            let last = ticks[ticks.count - 1]
            ticks.append((images, last.seconds + Double(images - last.images) / speed))
        }
        if missing > 0 {
            problems.append("\(path): \(missing) line\(missing == 1 ? "" : "s") without images_per_second")
        }
    }

    var seconds: Double? { ticks.count > 1 ? ticks.last?.seconds : nil }

    /// Nil beyond the last line.
    func seconds(at images: Int) -> Double? {
        guard let next = ticks.firstIndex(where: { $0.images >= images }), ticks.count > 1 else { return nil }
        guard next > 0 else { return ticks[0].seconds }
        let (a, b) = (ticks[next - 1], ticks[next])
        return a.seconds + (b.seconds - a.seconds) * Double(images - a.images) / Double(b.images - a.images)
    }
}
