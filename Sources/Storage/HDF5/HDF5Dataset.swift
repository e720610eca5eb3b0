import CHDF5
import Failure

/// A type that HDF5 datasets are made of.
public protocol HDF5Element: BitwiseCopyable, Sendable {
    /// The element with all bits zero.
    static var zero: Self { get }
    /// HDF5's identifier of the type in memory.
    static var memoryType: Int64 { get }
    /// HDF5's identifier of the type in a file: little-endian everywhere.
    static var fileType: Int64 { get }
}

extension UInt8: HDF5Element {
    public static var memoryType: Int64 { ch5_native_uint8() }
    public static var fileType: Int64 { ch5_std_u8le() }
}

extension UInt16: HDF5Element {
    public static var memoryType: Int64 { ch5_native_uint16() }
    public static var fileType: Int64 { ch5_std_u16le() }
}

extension Int32: HDF5Element {
    public static var memoryType: Int64 { ch5_native_int32() }
    public static var fileType: Int64 { ch5_std_i32le() }
}

extension Int64: HDF5Element {
    public static var memoryType: Int64 { ch5_native_int64() }
    public static var fileType: Int64 { ch5_std_i64le() }
}

extension Float: HDF5Element {
    public static var memoryType: Int64 { ch5_native_float() }
    public static var fileType: Int64 { ch5_ieee_f32le() }
}

extension Double: HDF5Element {
    public static var memoryType: Int64 { ch5_native_double() }
    public static var fileType: Int64 { ch5_ieee_f64le() }
}

extension SampleFormat.Element {
    /// HDF5's identifier of the type in a file.
    var fileType: Int64 {
        switch self {
        case .uint8: UInt8.fileType
        case .uint16: UInt16.fileType
        case .float32: Float.fileType
        }
    }
}

/// What a dataset's numbers are in the file.
public enum HDF5Kind: String, Sendable {
    case uint8, integer, float, other
}

/// A dataset of an open file, kept open so that many small reads are cheap.
public final class HDF5Dataset: @unchecked Sendable {
    /// Where it stands in the file.
    public let path: String
    /// Its shape; empty for a scalar.
    public let shape: [Int]
    /// How many numbers it has.
    public let count: Int
    /// What its numbers are.
    public let kind: HDF5Kind
    /// Whether a chunk in the file is not simply its values, one after another.
    let isPacked: Bool
    private let file: HDF5File
    // Only touched inside HDF5Library.withLock, which makes the class Sendable.
    private let id: hid_t

    /// Opens the dataset at `path`.
    init(_ path: String, in file: HDF5File) throws {
        self.path = path
        self.file = file
        (id, shape, count, kind, isPacked) = try HDF5Library.withLock {
            guard file.exists(path) else {
                throw HDF5Error(file: file.path, operation: "reading \(path)", message: "there is no such dataset")
            }
            let id = H5Dopen2(file.id, path, 0)
            guard id >= 0 else { throw file.failure("opening dataset \(path)") }
            do {
                let storage = try HDF5Storage(of: id, at: path, in: file)
                let (shape, count) = try Self.shape(of: id, path, in: file)
                let isPacked = storage.filters.contains { $0 != H5Z_FILTER_FLETCHER32 }
                return (id, shape, count, Self.kind(of: id), isPacked)
            } catch {
                H5Dclose(id)
                throw error
            }
        }
    }

    /// The shape of an open dataset and its number of elements. Inside the lock.
    static func shape(of id: hid_t, _ path: String, in file: HDF5File) throws -> (shape: [Int], count: Int) {
        let space = HDF5Handle(H5Dget_space(id), close: H5Sclose)
        let rank = H5Sget_simple_extent_ndims(space.id)
        guard rank >= 0 else { throw file.failure("reading the shape of \(path)") }
        var extent = [hsize_t](repeating: 0, count: Int(rank))
        H5Sget_simple_extent_dims(space.id, &extent, nil)
        if H5Sget_simple_extent_type(space.id) == H5S_NULL { extent = [0] }
        let shape = extent.map { Int(clamping: $0) }
        guard let count = HDF5Shape.elements(shape) else {
            throw HDF5Error(
                file: file.path, operation: "opening dataset \(path)",
                message: "its shape \(shape) is absurd: the file is damaged or forged")
        }
        return (shape, count)
    }

    /// What the numbers of an open dataset are. Inside the lock.
    static func kind(of id: hid_t) -> HDF5Kind {
        let type = HDF5Handle(H5Dget_type(id), close: H5Tclose)
        return switch H5Tget_class(type.id) {
        case H5T_INTEGER: H5Tget_size(type.id) == 1 && H5Tget_sign(type.id) == H5T_SGN_NONE ? .uint8 : .integer
        case H5T_FLOAT: .float
        default: .other
        }
    }

    deinit { HDF5Library.withLock { _ = H5Dclose(id) } }

    /// Whether its numbers are in the file just as such elements are: the same size, sign and order of bytes.
    func stores(_ element: SampleFormat.Element) -> Bool {
        HDF5Library.withLock {
            let type = HDF5Handle(H5Dget_type(id), close: H5Tclose)
            return type.id >= 0 && H5Tequal(type.id, element.fileType) > 0
        }
    }

    /// All values in row-major order, converted to `Element` where the file has another number type.
    public func values<Element: HDF5Element>(as type: Element.Type = Element.self) throws -> [Element] {
        // Packed values may be a thousand times as large as the file.
        if let size = file.size, let most = [size, Self.packing].checkedProduct(),
            let least = [most, 1 << 28].checkedSum(),
            [count, MemoryLayout<Element>.size].checkedProduct() ?? .max > least
        {
            throw HDF5Error(
                file: file.path, operation: "reading \(path)",
                message:
                    "its shape \(shape) takes more than \(Self.packing) times the file's \(Files.text(bytes: size)), "
                    + "which is not unpacked at once")
        }
        return try read(count, as: type, memory: 0, space: 0)
    }

    /// What is read as a whole may be larger than its file by this factor.
    private static let packing = 64

    /// The values of `rows` along the first axis.
    public func values<Element: HDF5Element>(rows: Range<Int>, as type: Element.Type = Element.self) throws -> [Element]
    {
        let rowSize = shape.dropFirst().reduce(1, *)
        return try [Element](unsafeUninitializedCapacity: rows.count * rowSize) { buffer, count in
            try read(rows: rows, into: buffer)
            count = rows.count * rowSize
        }
    }

    /// Reads `rows` along the first axis into `buffer`, which must hold that many values exactly or more.
    func read<Element: HDF5Element>(rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Element>) throws {
        try read(
            rows: rows, into: UnsafeMutableRawBufferPointer(buffer), width: MemoryLayout<Element>.stride,
            memoryType: Element.memoryType)
    }

    /// Reads the bytes of `rows` along the first axis as elements are stored: little-endian.
    func readStored(
        rows: Range<Int>, _ element: SampleFormat.Element, into buffer: UnsafeMutableBufferPointer<UInt8>
    ) throws {
        try read(
            rows: rows, into: UnsafeMutableRawBufferPointer(buffer), width: element.bytes, memoryType: element.fileType)
    }

    private func read(
        rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer, width: Int, memoryType: Int64
    ) throws {
        precondition(!shape.isEmpty, "HDF5Dataset: \(path) is a scalar and has no rows")
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= shape[0], "HDF5Dataset: rows \(rows) of \(shape[0]) in \(path)")
        let size = rows.count * shape.dropFirst().reduce(1, *)
        precondition(
            buffer.count >= size * width,
            "HDF5Dataset: a buffer of \(buffer.count) bytes for \(size) values of \(path)")
        guard size > 0, let address = buffer.baseAddress else { return }
        let target = UInt(bitPattern: address)
        try HDF5Library.withLock {
            let space = HDF5Handle(H5Dget_space(id), close: H5Sclose)
            var start = [hsize_t](repeating: 0, count: shape.count)
            start[0] = hsize_t(rows.lowerBound)
            var extent = shape.map { hsize_t($0) }
            extent[0] = hsize_t(rows.count)
            guard H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, extent, nil) >= 0 else {
                throw file.failure("selecting rows \(rows) of \(path)")
            }
            let memory = HDF5Handle(H5Screate_simple(Int32(extent.count), extent, nil), close: H5Sclose)
            let address = UnsafeMutableRawPointer(bitPattern: target)
            guard H5Dread(id, memoryType, memory.id, space.id, 0, address) >= 0 else {
                let name = rows.count == 1 ? "row \(rows.lowerBound)" : "rows \(rows)"
                throw file.failure("reading \(name) of \(path)")
            }
        }
    }

    private func read<Element: HDF5Element>(
        _ size: Int, as type: Element.Type, memory: hid_t, space: hid_t
    ) throws -> [Element] {
        guard kind != .other else {
            throw HDF5Error(file: file.path, operation: "reading \(path)", message: "it holds no numbers")
        }
        guard size > 0 else { return [] }
        return try HDF5Library.withLock {
            try [Element](unsafeUninitializedCapacity: size) { buffer, count in
                guard H5Dread(id, Element.memoryType, memory, space, 0, buffer.baseAddress) >= 0 else {
                    throw file.failure("reading \(path)")
                }
                count = size
            }
        }
    }
}

extension HDF5File {
    /// Opens the dataset at `path`.
    public func dataset(_ path: String) throws -> HDF5Dataset { try HDF5Dataset(path, in: self) }

    /// Shape and values of a dataset of any number type, as `Float`.
    public func floats(_ path: String) throws -> (shape: [Int], values: [Float]) { try read(path) }

    /// Shape and values of a dataset, as `Double`.
    public func doubles(_ path: String) throws -> (shape: [Int], values: [Double]) { try read(path) }

    /// Shape and values of a dataset, as bytes.
    public func bytes(_ path: String) throws -> (shape: [Int], values: [UInt8]) { try read(path) }

    /// Shape and values of a dataset, as `Int32`.
    public func int32s(_ path: String) throws -> (shape: [Int], values: [Int32]) { try read(path) }

    /// Shape and values of a dataset, as `Int64`.
    public func int64s(_ path: String) throws -> (shape: [Int], values: [Int64]) { try read(path) }

    /// Shape and values of a dataset as the element type asked for; HDF5 converts between number types.
    public func read<Element: HDF5Element>(
        _ path: String, as type: Element.Type = Element.self
    ) throws -> (shape: [Int], values: [Element]) {
        let dataset = try dataset(path)
        return (dataset.shape, try dataset.values(as: type))
    }

    /// Writes a dataset, with the groups that its path names.
    ///
    /// - Parameters:
    ///   - values: row-major, as many as `shape` says; an empty shape is a scalar.
    ///   - chunkRows: rows along the first axis in a chunk, or nil for one contiguous piece.
    ///   - fletcher32: whether each chunk carries a checksum, which is verified on reading.
    ///   - deflate: how hard each chunk is packed, 1 to 9, the bytes of its values sorted by their place; nil for not at all.
    public func write<Element: HDF5Element>(
        _ values: [Element], shape: [Int], to path: String, chunkRows: Int? = nil, fletcher32: Bool = false,
        deflate: Int? = nil
    ) throws {
        try values.withUnsafeBytes {
            try write(
                $0, width: MemoryLayout<Element>.size, memoryType: Element.memoryType, fileType: Element.fileType,
                shape: shape, to: path, chunkRows: chunkRows, fletcher32: fletcher32, deflate: deflate)
        }
    }

    /// Writes a dataset of values whose bytes are already those that stand in the file.
    func write(
        bytes: [UInt8], as element: SampleFormat.Element, shape: [Int], to path: String, chunkRows: Int,
        deflate: Int? = nil
    ) throws {
        try bytes.withUnsafeBytes {
            try write(
                $0, width: element.bytes, memoryType: element.fileType, fileType: element.fileType, shape: shape,
                to: path, chunkRows: chunkRows, fletcher32: true, deflate: deflate)
        }
    }

    private func write(
        _ values: UnsafeRawBufferPointer, width: Int, memoryType: Int64, fileType: Int64, shape: [Int], to path: String,
        chunkRows: Int?, fletcher32: Bool, deflate: Int?
    ) throws {
        let count = values.count / width
        precondition(
            values.count == shape.reduce(width, *), "HDF5File.write: \(count) values for shape \(shape) of \(path)")
        precondition(
            !fletcher32 && deflate == nil || chunkRows != nil, "HDF5File.write: filters need chunks, \(path)")
        let address = UInt(bitPattern: values.baseAddress)
        let isEmpty = count == 0
        try HDF5Library.withLock {
            let extent = shape.map { hsize_t($0) }
            let space = HDF5Handle(
                shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), extent, nil),
                close: H5Sclose)
            let creation = HDF5Handle(H5Pcreate(ch5_dataset_create()), close: H5Pclose)
            var status = H5Pset_obj_track_times(creation.id, false)
            try makeGroups(path.split(separator: "/").dropLast())
            if let chunkRows, !isEmpty {
                var chunk = extent
                chunk[0] = hsize_t(max(1, min(chunkRows, shape[0])))
                status = min(status, H5Pset_chunk(creation.id, Int32(chunk.count), chunk))
                if let deflate {
                    if width > 1 { status = min(status, H5Pset_shuffle(creation.id)) }
                    status = min(status, H5Pset_deflate(creation.id, UInt32(deflate)))
                }
                if fletcher32 { status = min(status, H5Pset_fletcher32(creation.id)) }
            }
            guard space.id >= 0, status >= 0 else { throw failure("preparing \(path)", ExitCode.cannotWrite) }
            let dataset = HDF5Handle(
                H5Dcreate2(id, path, fileType, space.id, 0, creation.id, 0), close: H5Dclose)
            guard dataset.id >= 0 else { throw failure("creating \(path)", ExitCode.cannotWrite) }
            if isEmpty { return }
            guard H5Dwrite(dataset.id, memoryType, 0, 0, 0, UnsafeRawPointer(bitPattern: address)) >= 0 else {
                throw failure("writing \(path)", ExitCode.cannotWrite)
            }
        }
    }

    /// Where the chunks of a dataset lie in the file, in bytes; empty when it has none.
    func chunkExtents(of path: String) throws -> [Range<Int>] {
        try HDF5Library.withLock {
            // Chunks get their final place when they leave the cache.
            H5Fflush(id, H5F_SCOPE_GLOBAL)
            let dataset = HDF5Handle(H5Dopen2(id, path, 0), close: H5Dclose)
            guard dataset.id >= 0 else { throw failure("opening dataset \(path)") }
            let creation = HDF5Handle(H5Dget_create_plist(dataset.id), close: H5Pclose)
            guard H5Pget_layout(creation.id) == H5D_CHUNKED else { return [] }
            let space = HDF5Handle(H5Dget_space(dataset.id), close: H5Sclose)
            var shape = [hsize_t](repeating: 0, count: 32)
            var chunk = shape
            H5Sget_simple_extent_dims(space.id, &shape, nil)
            H5Pget_chunk(creation.id, 32, &chunk)
            var extents: [Range<Int>] = []
            for row in stride(from: 0, to: shape[0], by: max(1, Int(chunk[0]))) {
                var corner = [hsize_t](repeating: 0, count: 32)
                corner[0] = row
                var (mask, address, size): (UInt32, haddr_t, hsize_t) = (0, 0, 0)
                guard H5Dget_chunk_info_by_coord(dataset.id, corner, &mask, &address, &size) >= 0 else {
                    throw failure("locating the chunks of \(path)")
                }
                if size > 0 { extents.append(Int(address)..<Int(address) + Int(size)) }
            }
            return extents
        }
    }

    /// Makes a group, with its parents, unless it is there.
    public func createGroup(_ path: String) throws {
        try HDF5Library.withLock { try makeGroups(path.split(separator: "/")) }
    }

    private func makeGroups(_ components: [Substring]) throws {
        for count in components.indices.map({ $0 + 1 }) {
            let path = components.prefix(count).joined(separator: "/")
            if exists(path) { continue }
            let creation = HDF5Handle(H5Pcreate(ch5_group_create()), close: H5Pclose)
            H5Pset_obj_track_times(creation.id, false)
            let group = HDF5Handle(H5Gcreate2(id, path, 0, creation.id, 0), close: H5Gclose)
            guard group.id >= 0 else { throw failure("creating group \(path)", ExitCode.cannotWrite) }
        }
    }
}
