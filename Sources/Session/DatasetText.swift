import Foundation
import Storage

/// What `dataset info` prints of samples that are no pictures, and of what is beside samples: names and values of its lines.
enum DatasetText {
    /// Size and channels.
    static func samples(_ format: SampleFormat) -> [(String, String)] {
        [("size", size(format))] + format.channels.map { ("channel", text($0)) }
    }

    /// Numbers and images beside the samples; none where there are none.
    static func beside(_ description: DatasetDescription) -> [(String, String)] {
        var lines = (description.vector?.components ?? []).map { ("number", text($0)) }
        if let condition = description.imageCondition {
            lines.append(("beside", "an image of \(size(condition))"))
            lines += condition.channels.map { ("  channel", text($0)) }
        }
        return lines
    }

    private static func size(_ format: SampleFormat) -> String {
        "\(format.sizeText), \(format.element.rawValue), \(channels(format))"
    }

    /// Such as `3 channels`.
    static func channels(_ format: SampleFormat) -> String {
        "\(format.channels.count) \(format.channels.count == 1 ? "channel" : "channels")"
    }

    /// Such as `rain (mm): log1p; -1 to 1 is 0.2 to 35 mm`: where the values lie that networks see as −1 and 1.
    private static func text(_ channel: SampleFormat.Channel) -> String {
        let transform = channel.transform
        let unit = channel.unit.isEmpty ? "" : " \(channel.unit)"
        let name = channel.unit.isEmpty ? channel.name : "\(channel.name) (\(channel.unit))"
        let ends = [-1, 1].map { (end: Float) -> String in
            let (value, isClipped) = transform.physical(end)
            return number(Double(value)) + (isClipped ? " (clipped)" : "")
        }
        let parameter = transform.curve.parameter.map { " \(number($0))" } ?? ""
        return "\(name): \(transform.curve.name)\(parameter), centre \(number(transform.center)), scale "
            + "\(number(transform.scale)); -1 to 1 is \(ends[0]) to \(ends[1])\(unit)"
    }

    private static func number(_ value: Double) -> String { String(format: "%.6g", value) }
}
