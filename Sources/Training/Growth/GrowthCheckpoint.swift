import Configuration
import Failure
import Foundation
import Models
import Storage

/// What a checkpoint holds of growth.
extension Trainer {
    /// Empty where networks do not grow.
    var growthAttributes: [(String, AttributeValue)] {
        guard configuration.growing.enabled, let level else { return [] }
        guard let progress = try? JSONEncoder.sorted.encode(growth) else {
            preconditionFailure("growth: \(growth) has no text")
        }
        return [
            (GrowthLevel.resolutionAttribute, .int(level.resolution)), ("level_fade", .float(level.fade)),
            ("growth", .string(String(decoding: progress, as: UTF8.self))),
        ]
    }
}

extension GrowthLevel {
    /// Nil where the networks of a checkpoint did not grow.
    ///
    /// - Parameter final: resolution of the fully grown networks.
    /// - Throws: ``StateError`` where the networks have no such level.
    init?(_ contents: CheckpointContents, path: String, final: Int) throws {
        guard let found = contents.attribute(Self.resolutionAttribute) else { return nil }
        guard let resolution = found.intValue, resolution >= 4, resolution <= final, resolution.nonzeroBitCount == 1
        else {
            throw StateError(
                path: path,
                reason: "the attribute level_resolution is \(found), expected a power of two from 4 to \(final)")
        }
        guard let share = contents.attribute("level_fade") else {
            throw StateError(path: path, reason: "the attribute level_fade is missing")
        }
        guard let fade = share.floatValue, fade == 0 || (resolution > 4 && fade > 0 && fade < 1) else {
            throw StateError(
                path: path,
                reason: "the attribute level_fade is \(share), expected 0"
                    + (resolution > 4 ? " to below 1" : " at the first resolution"))
        }
        self.init(resolution: resolution, fade: fade)
    }

    fileprivate static let resolutionAttribute = "level_resolution"
}

extension GrowthProgress {
    /// - Throws: ``StateError`` where the text of a checkpoint whose networks grew is missing or cannot be read.
    init(_ contents: CheckpointContents, path: String) throws {
        self.init()
        guard let text = contents.attribute("growth")?.stringValue else {
            guard contents.attribute(GrowthLevel.resolutionAttribute) == nil else {
                throw StateError(path: path, reason: "the attribute growth is missing")
            }
            return
        }
        do {
            self = try CheckedJSON.decode(GrowthProgress.self, from: Array(text.utf8))
        } catch {
            throw StateError(
                path: path, reason: "the attribute growth is \(text), which does not tell how the networks have grown")
        }
        let counts = transitions + [plateau.resolution, plateau.windowImages, plateau.sinceBest, plateau.skipped]
        let numbers = [plateau.windowSum, plateau.best ?? 0]
        guard counts.allSatisfy((0...CheckpointCounters.mostImages).contains), numbers.allSatisfy(\.isFinite) else {
            throw CheckpointError(
                path: path,
                reason: "the attribute growth is \(text), expected numbers from 0 to \(CheckpointCounters.mostImages)",
                exitCode: ExitCode.badData)
        }
    }
}

extension JSONEncoder {
    /// Keys in one order, so that equal values have equal texts.
    fileprivate static var sorted: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return encoder
    }
}
