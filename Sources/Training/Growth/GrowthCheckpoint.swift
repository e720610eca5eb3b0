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
            ("level_resolution", .int(level.resolution)), ("level_fade", .float(level.fade)),
            ("growth", .string(String(decoding: progress, as: UTF8.self))),
        ]
    }
}

extension GrowthLevel {
    /// Nil where the networks of a checkpoint did not grow.
    init?(_ contents: CheckpointContents) {
        guard let resolution = contents.attribute("level_resolution")?.intValue,
            let fade = contents.attribute("level_fade")?.floatValue
        else { return nil }
        self.init(resolution: resolution, fade: fade)
    }
}

extension GrowthProgress {
    /// - Throws: ``StateError`` where a checkpoint's text cannot be read.
    init(_ contents: CheckpointContents, path: String) throws {
        self.init()
        guard let text = contents.attribute("growth")?.stringValue else { return }
        do {
            self = try JSONDecoder().decode(GrowthProgress.self, from: Data(text.utf8))
        } catch {
            throw StateError(
                path: path, reason: "the attribute growth is \(text), which does not tell how the networks have grown")
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
