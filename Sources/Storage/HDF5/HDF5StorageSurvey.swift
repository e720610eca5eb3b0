import CHDF5
import CZlib
import Failure

/// Holds what a dataset states against what the file has.
extension HDF5Survey {
    /// Bytes of values that may be stated without having been written: HDF5 makes them up when they are read.
    private static let mostUnwritten = 1 << 22
    /// Bytes of an unpacked chunk, which is held in memory whole.
    private static let largestChunk = 1 << 28
    /// No packing by deflate makes values smaller by more.
    private static let strongestPacking = 1040
    /// Elements that are read from either end of a dataset.
    private static let sample = 1 << 14

    /// - Throws: ``HDF5Error`` when the values are not all in the file, or unpack to something else.
    func storage(of dataset: borrowing HDF5Handle, _ path: String) throws {
        let storage = try HDF5Storage(of: dataset.id, at: path, in: file)
        let place = "opening dataset \(path)"
        let (shape, elements) = try HDF5Dataset.shape(of: dataset.id, path, in: file)
        let type = HDF5Handle(H5Dget_type(dataset.id), close: H5Tclose)
        let width = H5Tget_size(type.id)
        guard type.id >= 0, width > 0, let bytes = [elements, width].checkedProduct() else {
            throw refusal(place, "the size of its elements is absurd")
        }
        guard elements > 0 else { return }
        switch storage.layout {
        case .compact:
            let stored = Int(clamping: H5Dget_storage_size(dataset.id))
            guard stored >= bytes else { throw shortage(path, shape, bytes, stored) }
        case .contiguous:
            let stored = Int(clamping: H5Dget_storage_size(dataset.id))
            let start = H5Dget_offset(dataset.id)
            if start == haddr_t.max {
                guard bytes <= Self.mostUnwritten else { throw unwritten(path, shape, bytes) }
            } else {
                guard stored >= bytes, let end = [Int(clamping: start), bytes].checkedSum(), end <= size else {
                    throw shortage(path, shape, bytes, min(stored, max(0, size - Int(clamping: start))))
                }
            }
        case .chunked:
            try chunks(of: dataset, path, storage, shape: shape, width: width, bytes: bytes)
        }
        sample(dataset, path, shape)
    }

    private func chunks(
        of dataset: borrowing HDF5Handle, _ path: String, _ storage: HDF5Storage, shape: [Int], width: Int, bytes: Int
    ) throws {
        let place = "opening dataset \(path)"
        guard storage.chunk.count == shape.count, !storage.chunk.contains(0),
            let chunkBytes = (storage.chunk + [width]).checkedProduct(), chunkBytes <= Self.largestChunk
        else {
            throw refusal(
                place,
                "its chunks are \(storage.chunk) of \(width) bytes, expected \(shape.count) numbers of 1 or more, and at "
                    + "most \(Files.text(bytes: Self.largestChunk)); h5repack -l rewrites it with smaller chunks")
        }
        let packing = storage.keepsSizes ? 1 : storage.needsLibrary ? .max : Self.strongestPacking
        let most = [size, packing].checkedProduct() ?? .max
        guard bytes - Self.mostUnwritten <= most else { throw shortage(path, shape, bytes, size) }
        let grid = zip(shape, storage.chunk).map { ($0 - 1) / $1 + 1 }
        // Every chunk that is there takes a byte or more of the file.
        guard let count = grid.checkedProduct(), count - Self.mostUnwritten <= size else {
            throw shortage(path, shape, bytes, size)
        }

        let checksums = 4 * storage.filters.count { $0 == H5Z_FILTER_FLETCHER32 }
        var (stored, missing) = (0, 0)
        var position = [Int](repeating: 0, count: grid.count)
        for _ in 0..<count {
            let corner = zip(position, storage.chunk).map { hsize_t($0 * $1) }
            let packed = try packedSize(of: dataset, path, at: corner)
            if packed == 0 {
                missing += chunkBytes
                guard missing <= Self.mostUnwritten else { throw unwritten(path, shape, bytes) }
            } else {
                let length = Int(clamping: packed)
                guard length <= size - stored else { throw shortage(path, shape, bytes, size) }
                stored += length
                if storage.keepsSizes {
                    guard length == chunkBytes + checksums else {
                        throw refusal(
                            "locating the chunk at \(corner) of \(path)",
                            "it has \(length) bytes, expected \(chunkBytes + checksums): the file is damaged or forged")
                    }
                } else if storage.needsLibrary {
                    try read(
                        dataset, path, from: corner,
                        zip(corner, zip(shape, storage.chunk)).map {
                            hsize_t(min($1.0 - Int($0), $1.1))
                        })
                } else {
                    try unpack(dataset, path, storage, at: corner, length: length, to: chunkBytes)
                }
            }
            for axis in grid.indices.reversed() {
                position[axis] += 1
                if position[axis] < grid[axis] { break }
                position[axis] = 0
            }
        }
    }

    /// Bytes of a chunk in the file, 0 where it was never written.
    private func packedSize(of dataset: borrowing HDF5Handle, _ path: String, at corner: [hsize_t]) throws -> hsize_t {
        var size: hsize_t = 0
        if H5Dget_chunk_storage_size(dataset.id, corner, &size) >= 0 { return size }
        // Some versions call it a failure when there is no such chunk. This, which walks the whole index each time, does not.
        var (skipped, address): (UInt32, haddr_t) = (0, 0)
        guard H5Dget_chunk_info_by_coord(dataset.id, corner, &skipped, &address, &size) >= 0, size == 0 else {
            throw file.failure("locating the chunk at \(corner) of \(path)")
        }
        return 0
    }

    /// Unpacks a chunk as HDF5 would, but with a bound, and without keeping it. HDF5 neither stops at a chunk's size, nor
    /// misses what a chunk lacks.
    private func unpack(
        _ dataset: borrowing HDF5Handle, _ path: String, _ storage: HDF5Storage, at corner: [hsize_t], length: Int,
        to expected: Int
    ) throws {
        let place = "unpacking the chunk at \(corner) of \(path)"
        var bytes = [UInt8](repeating: 0, count: length)
        var skipped: UInt32 = 0
        guard H5Dread_chunk(dataset.id, 0, corner, &skipped, &bytes) >= 0 else { throw file.failure(place) }
        var count = length
        for (index, filter) in storage.filters.enumerated().reversed() where skipped >> UInt32(index) & 1 == 0 {
            switch filter {
            case H5Z_FILTER_FLETCHER32: count -= 4
            case H5Z_FILTER_DEFLATE:
                // What is packed twice is not followed: its inner size is only known by keeping it.
                guard count >= 0, storage.filters.count(where: { $0 == H5Z_FILTER_DEFLATE }) == 1,
                    let unpacked = Inflation.size(of: bytes[..<count], limit: expected + 128)
                else {
                    throw refusal(place, "it does not unpack to \(expected) bytes: the file is damaged or forged")
                }
                count = unpacked
            default: break
            }
        }
        guard count == expected else {
            throw refusal(place, "it unpacks to \(count) bytes, expected \(expected): the file is damaged or forged")
        }
    }

    /// Reads some elements from either end, converted as they will be later. Values that are damaged are no business of
    /// this: who reads them says which row it is.
    private func sample(_ dataset: borrowing HDF5Handle, _ path: String, _ shape: [Int]) {
        var (count, budget) = ([hsize_t](repeating: 1, count: shape.count), Self.sample)
        for axis in shape.indices.reversed() {
            let length = min(shape[axis], budget)
            count[axis] = hsize_t(length)
            if length < shape[axis] { break }
            budget /= length
        }
        try? read(dataset, path, from: shape.map { _ in 0 }, count)
        try? read(dataset, path, from: zip(shape, count).map { hsize_t($0) - $1 }, count)
    }

    private func read(
        _ dataset: borrowing HDF5Handle, _ path: String, from start: [hsize_t], _ count: [hsize_t]
    ) throws {
        let kind = HDF5Dataset.kind(of: dataset.id)
        guard kind != .other else { return }
        let space = HDF5Handle(H5Dget_space(dataset.id), close: H5Sclose)
        if !count.isEmpty {
            guard H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, count, nil) >= 0 else {
                throw file.failure("selecting values of \(path)")
            }
        }
        let memory = HDF5Handle(
            count.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(count.count), count, nil), close: H5Sclose)
        let elements = count.reduce(1, *)
        func read<Element: HDF5Element>(_: Element.Type) throws {
            var values = [Element](repeating: .zero, count: Int(elements))
            guard H5Dread(dataset.id, Element.memoryType, memory.id, space.id, 0, &values) >= 0 else {
                throw file.failure("reading values of \(path)")
            }
        }
        try read(Float.self)
        if kind != .float { try read(Int32.self) }
        if kind == .uint8 { try read(UInt8.self) }
    }

    private func shortage(_ path: String, _ shape: [Int], _ bytes: Int, _ found: Int) -> HDF5Error {
        refusal(
            "opening dataset \(path)",
            "its shape \(shape) takes \(Files.text(bytes: bytes)), more than the \(Files.text(bytes: found)) that the file "
                + "has for it: it is cut short, damaged or forged")
    }

    private func unwritten(_ path: String, _ shape: [Int], _ bytes: Int) -> HDF5Error {
        refusal(
            "opening dataset \(path)",
            "its shape \(shape) takes \(Files.text(bytes: bytes)), but more than "
                + "\(Files.text(bytes: Self.mostUnwritten)) of it were never written")
    }
}

/// What zlib's format unpacks to.
enum Inflation {
    /// The size of what `packed` unpacks to; nil when it is damaged, or unpacks to more than `limit` bytes.
    static func size(of packed: ArraySlice<UInt8>, limit: Int) -> Int? {
        var stream = z_stream()
        guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: 1 << 16)
        var (input, size) = (Array(packed), 0)
        return input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            while true {
                let status = output.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    return inflate(&stream, Z_NO_FLUSH)
                }
                size += output.count - Int(stream.avail_out)
                guard size <= limit else { return nil }
                if status == Z_STREAM_END { return size }
                // Without room for more input nothing would ever change.
                guard status == Z_OK, stream.avail_in > 0 || stream.avail_out == 0 else { return nil }
            }
        }
    }
}
