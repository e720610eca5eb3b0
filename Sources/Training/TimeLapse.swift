import Failure
import Reporting
import Storage

/// One picture of how networks grew: a row of samples for each phase, the first phase on top.
///
/// The rows are files of their own in the run folder, and the picture is made of those that are there. A resumed run
/// goes on with it without having to remember anything.
public struct TimeLapse: Sendable {
    private let folder: RunFolder
    private let finalResolution: Int
    /// Of all images in the picture.
    private let height: Int
    private let width: Int
    private let channels: Int

    /// - Parameters:
    ///   - finalResolution: of the fully grown networks, and of all images in the picture.
    ///   - channels: 1 or 3.
    public init(folder: RunFolder, finalResolution: Int, channels: Int) {
        self.init(
            folder: folder, finalResolution: finalResolution, height: finalResolution, width: finalResolution,
            channels: channels)
    }

    /// Of images that are no squares.
    ///
    /// - Parameters:
    ///   - finalResolution: nominal, of the fully grown networks.
    ///   - height: of their images.
    ///   - channels: 1 or 3.
    init(folder: RunFolder, finalResolution: Int, height: Int, width: Int, channels: Int) {
        self.folder = folder
        self.finalResolution = finalResolution
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// Writes the row of a phase that has ended, and the picture with it.
    ///
    /// Rows of this and later phases that an earlier run left are removed: a run that was taken back to before them goes
    /// another way, and its schedule may be another one.
    ///
    /// - Parameters:
    ///   - phase: its number, from 0.
    ///   - resolution: a divisor of the final one.
    ///   - isFade: whether this resolution faded in, instead of training alone.
    ///   - images: the samples, uint8 [columns, resolution, resolution, channels], or as large a part of height and width
    ///     as the resolution is of the final one.
    /// - Returns: for each row that is not in the picture, because it cannot be read or does not fit into it, a message
    ///   that names its file.
    /// - Throws: an ``ExitCoded`` error with code 73, when the disk is full for example: `timelapse.png` is as it was
    ///   then.
    public func add(phase: Int, resolution: Int, isFade: Bool, images: [UInt8]) throws -> [String] {
        precondition(
            phase >= 0 && resolution > 0 && finalResolution % resolution == 0,
            "TimeLapse: phase \(phase) of \(resolution)x\(resolution), in the end \(finalResolution)x\(finalResolution)"
        )
        let factor = finalResolution / resolution
        let (rows, columns) = (height / factor, width / factor)
        let count = images.count / (rows * columns * channels)
        let path = folder.phase(phase, resolution: resolution, isFade: isFade)
        try Files.makeFolder(folder.phases)
        try ImageGrid.write(
            NearestUpscale.up(
                images, count: count, height: rows, width: columns, channels: channels, factor: factor),
            count: count, height: height, width: width, channels: channels, columns: count, to: path)
        for row in try self.rows() where row.phase >= phase && row.path != path { try Files.remove(row.path) }
        return try compose()
    }

    /// The files in the folder that hold rows, by phase.
    private func rows() throws -> [(phase: Int, path: String)] {
        try Files.names(in: folder.phases)
            .compactMap { name in RunFolder.phaseNumber(ofName: name).map { ($0, folder.phases + "/" + name) } }
            .sorted { $0.0 < $1.0 }
    }

    private func compose() throws -> [String] {
        var picture = RasterImage(height: 0, width: 0, channels: channels)
        var rejected: [String] = []
        for (_, path) in try rows() {
            do {
                let image = try ImageFile.read(path)
                let isRow = image.height == height && image.width % width == 0
                guard isRow, image.channels == channels else {
                    throw DatasetError.badData(
                        "\(path): \(image.height)x\(image.width)x\(image.channels), expected a row of "
                            + "\(height)x\(width)x\(channels): of another run, remove it")
                }
                picture.append(image)
            } catch {
                // A picture for people is no reason to end a run of days.
                rejected.append("\(error)")
            }
        }
        try ImageFile.write(picture, to: folder.timeLapse)
        return rejected
    }
}
