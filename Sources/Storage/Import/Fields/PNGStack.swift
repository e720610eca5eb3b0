import Failure

/// A folder of PNG files of 8 or 16 bits a value, as they stand there: an array [N, H, W, C].
final class PNGStack: NumberArray {
    let path: String
    let key = ""
    let shape: [Int]
    let type: NumberType
    let files: ImageFolderSource

    /// - Throws: ``DatasetError`` (65) where the first is no PNG that is read.
    init(_ folder: String, labels: ImportOptions.Labels) throws {
        path = folder
        files = try ImageFolderSource(folder, of: folder, labels: labels)
        let first = try DeepPNG(files.name(of: 0))
        shape = [files.count, first.height, first.width, first.channels]
        type = .integer(bytes: first.depth / 8, isSigned: false)
    }

    func place(ofRow row: Int) -> String { files.name(of: row) }

    func numbers(rows: Range<Int>) throws -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(rows.count * rowCount)
        for row in rows {
            let image = try DeepPNG(files.name(of: row))
            let found = [image.height, image.width, image.channels, image.depth]
            guard found == Array(shape.dropFirst()) + [8 * type.bytes] else {
                throw DatasetError.badData(
                    "\(files.name(of: row)) is \(image.text), but \(files.name(of: 0)) is \(shape[1])×\(shape[2]) with "
                        + "\(shape[3]) channels of \(type): expected one size and type")
            }
            result += try image.values().map { Double($0) }
        }
        return result
    }
}

/// A PNG of 8 or 16 bits a value without palette or alpha; its values are unpacked when they are asked for.
private struct DeepPNG {
    private let path: String
    private let bytes: [UInt8]
    private let structure: PNGStructure
    let height: Int
    let width: Int
    let channels: Int
    let depth: Int

    var text: String { "\(height)×\(width) with \(channels) channels of uint\(depth)" }

    init(_ path: String) throws {
        let bytes = try ImageFile.bytes(path)
        guard bytes.starts(with: PNGStructure.signature) else {
            throw DatasetError.badData("\(path): a JPEG, expected a PNG: JPEG changes values")
        }
        let structure = try bytes.withUnsafeBytes { memory in
            do throws(ImageDamage) { return try PNGStructure(memory) } catch {
                throw Self.damaged(path, bytes, error)
            }
        }
        guard structure.depth >= 8, structure.color == .grey || structure.color == .rgb, structure.transparency.isEmpty
        else {
            throw DatasetError.badData(
                "\(path): a PNG of \(structure.depth) bits a value with a palette, transparency or fewer than 8 bits, "
                    + "expected grey or colour of 8 or 16")
        }
        (height, width, depth) = (structure.height, structure.width, structure.depth)
        channels = structure.color.values
        guard let count = [height, width, channels].checkedProduct(), count <= FieldShape.largest else {
            throw DatasetError.badData(
                "\(path): a sample of \(height)×\(width)×\(channels), expected at most \(FieldShape.largest) numbers")
        }
        (self.path, self.bytes, self.structure) = (path, bytes, structure)
    }

    private static func damaged(_ path: String, _ bytes: [UInt8], _ damage: ImageDamage) -> DatasetError {
        ImageFile.damaged(path, "PNG", damage.size, bytes.count, damage.reason)
    }

    /// [height, width, channels]
    ///
    /// - Throws: ``DatasetError`` (65) where they do not unpack.
    func values() throws -> [UInt16] {
        let width = channels * depth / 8
        let raw: [UInt8]
        do throws(ImageDamage) {
            raw = try PNGValues.pixels(structure, bytes, values: width, kept: width, depth: 8).values
        } catch {
            throw Self.damaged(path, bytes, error)
        }
        return depth == 8
            ? raw.map { UInt16($0) }
            : stride(from: 0, to: raw.count, by: 2).map { UInt16(raw[$0]) << 8 | UInt16(raw[$0 + 1]) }
    }
}
