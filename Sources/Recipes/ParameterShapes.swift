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
    ///
    /// - Parameter pixels: of images that a row or a column of it is.
    func shape(_ name: String, axes: Int, pixels: Int = 1) throws -> [Int] {
        let shape = try shape(name)
        let largest = Self.largestSize * max(1, pixels / 16)
        guard shape.count == axes, shape.allSatisfy({ (1...largest).contains($0) }) else {
            throw StateError(
                path: path,
                reason: "\(group)/\(name) has shape \(shape), expected \(axes) numbers from 1 to \(largest): "
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

extension ParameterShapes {
    /// What is said of sizes that no network has.
    func damaged(_ what: String) -> StateError {
        StateError(path: path, reason: "\(what): it is damaged, or holds no generator that this version knows")
    }

    /// Of networks that would make images of any size: that of the run's samples.
    ///
    /// - Parameter multiple: of which both sides are multiples.
    func grid(multiple: Int) throws -> NetworkGrid {
        let start = try start()
        guard let resolution = contents.attribute("resolution")?.intValue,
            (8...Self.largestResolution).contains(resolution),
            resolution.nonzeroBitCount == 1
        else { throw damaged("its attribute resolution is missing, or no power of two") }
        let grid = NetworkGrid(resolution: resolution, startHeight: start.height, startWidth: start.width)
        let size = grid.imageSize
        guard size.height % multiple == 0, size.width % multiple == 0 else {
            throw damaged("its generator makes images of multiples of \(multiple), but they were \(size)")
        }
        return grid
    }

    /// Classes of the label maps that condition each pixel.
    func pixelClasses() throws -> Int {
        guard let format = try SampleAttributes(contents, path: path).mapFormat else {
            throw damaged(
                "its attribute \(SampleAttributes.mapClasses) is missing, which tells the classes of its label maps")
        }
        return format.classes
    }

    /// What samples of the run were; nil where they were pictures.
    func sampleFormat() throws -> SampleFormat? {
        try SampleAttributes(contents, path: path).sampleFormat
    }

    /// Height and width of the maps that images are doubled from: 4×4 of pictures, of fields what their size tells.
    func start() throws -> MapSize {
        guard let format = try sampleFormat() else { return .square(4) }
        guard let grid = NetworkGrid(height: format.height, width: format.width) else {
            throw StateError(
                path: path,
                reason: "its sample format is that of \(format.sizeText), which no networks make: it is damaged")
        }
        return grid.size(at: 4)
    }
}
