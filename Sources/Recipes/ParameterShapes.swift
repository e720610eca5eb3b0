import Configuration
import Models
import State
import Storage

/// Tells a generator's sizes by the shapes of its parameters in a file, and what shapes do not tell by the file's
/// configuration.
public struct ParameterShapes {
    let contents: CheckpointContents
    /// Of the parameters in the file.
    let group: String
    let path: String

    func exists(_ name: String) -> Bool { contents.array("\(group)/\(name)") != nil }

    /// What is said of a file that no recipe recognises.
    var unknown: StateError {
        StateError(
            path: path, reason: "the group \(group) is missing, or holds no generator that this version knows")
    }

    func shape(_ name: String) throws -> [Int] {
        guard let array = contents.array("\(group)/\(name)") else {
            throw StateError(
                path: path,
                reason: "\(group)/\(name) is missing: it holds no generator that this version knows")
        }
        return array.shape
    }

    /// The shape of a parameter with so many axes. No size that follows from it is negative or too large.
    func shape(_ name: String, axes: Int) throws -> [Int] {
        let shape = try shape(name)
        guard shape.count == axes, shape.allSatisfy({ (1...Self.largestSize).contains($0) }) else {
            throw StateError(
                path: path,
                reason: "\(group)/\(name) has shape \(shape), expected \(axes) numbers from 1 to \(Self.largestSize): "
                    + "it is damaged, or holds no generator that this version knows")
        }
        return shape
    }

    private static let largestSize = 1 << 16
    /// Networks have images up to this side.
    private static let largestResolution = 1 << 14

    /// Nil in a file that was built from reference weights.
    func configuration() throws -> Configuration? {
        try contents.attribute("config")?.stringValue.map {
            try Configuration.parseStored(yaml: $0, name: path).configuration
        }
    }

    /// - Parameters:
    ///   - first: the lowest resolution.
    ///   - name: of the convolution whose output has a resolution's channels.
    func sizes(
        from first: Int = 4, _ name: (Int) -> String
    ) throws -> (resolution: Int, channelBase: Int, channelMax: Int) {
        var resolution = first
        var channels = [first: try shape(name(first), axes: 4)[0]]
        while resolution < Self.largestResolution, exists(name(resolution * 2)) {
            resolution *= 2
            channels[resolution] = try shape(name(resolution), axes: 4)[0]
        }
        let widest = channels.values.max() ?? 1
        // The least base that gives these widths: no width times its resolution is beyond the base, and where the
        // maximum does not count the width is the base over the resolution, rounded down.
        return (resolution, channels.map { $0.key * $0.value }.max() ?? widest, widest)
    }
}
