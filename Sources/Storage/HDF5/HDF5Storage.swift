import CHDF5
import Failure

/// How a dataset's values lie in its file. Made before anything else is asked of a dataset, and refuses what is kept in
/// other files. Inside the lock.
struct HDF5Storage {
    enum Layout { case compact, contiguous, chunked }

    let layout: Layout
    /// Elements along each axis of a chunk; empty unless chunked.
    let chunk: [Int]
    /// In the order in which they were applied when the values were written; empty unless chunked.
    let filters: [H5Z_filter_t]

    /// - Throws: ``HDF5Error`` when its values are in other files, or packed in a way that is not unpacked here.
    init(of dataset: hid_t, at path: String, in file: HDF5File) throws {
        func refusal(_ message: String) -> HDF5Error {
            HDF5Error(file: file.path, operation: "opening dataset \(path)", message: message)
        }
        let creation = HDF5Handle(H5Dget_create_plist(dataset), close: H5Pclose)
        guard creation.id >= 0 else { throw file.failure("opening dataset \(path)") }
        switch H5Pget_layout(creation.id) {
        case H5D_COMPACT: layout = .compact
        case H5D_CONTIGUOUS: layout = .contiguous
        case H5D_CHUNKED: layout = .chunked
        case H5D_VIRTUAL:
            throw refusal(
                "it is virtual: its values are in other files, which are not read. Copy them into the file, "
                    + "for example with h5repack -l \(path):CONTI")
        default: throw refusal("its layout is unknown: the file is damaged or forged")
        }
        guard H5Pget_external_count(creation.id) == 0 else {
            throw refusal(
                "its values are kept in other files (external storage), which are not read. Copy them into the file, "
                    + "for example with h5repack -l \(path):CONTI")
        }
        guard layout == .chunked else {
            (chunk, filters) = ([], [])
            return
        }
        var extent = [hsize_t](repeating: 0, count: 32)
        let rank = H5Pget_chunk(creation.id, 32, &extent)
        guard rank > 0, rank <= 32 else { throw file.failure("opening dataset \(path)") }
        chunk = extent.prefix(Int(rank)).map { Int(clamping: $0) }
        let count = H5Pget_nfilters(creation.id)
        guard (0...32).contains(count) else { throw file.failure("opening dataset \(path)") }
        var filters: [H5Z_filter_t] = []
        for index in 0..<UInt32(count) {
            var (flags, values): (UInt32, Int) = (0, 0)
            let filter = H5Pget_filter2(creation.id, index, &flags, &values, nil, 0, nil, nil)
            guard filter >= 0 else { throw file.failure("opening dataset \(path)") }
            guard Self.known.contains(filter), H5Zfilter_avail(filter) > 0 else {
                let text = "its values are packed with the HDF5 filter \(filter), which is not unpacked here. "
                throw refusal(text + "Write it anew without, for example with h5repack -f NONE")
            }
            filters.append(filter)
        }
        self.filters = filters
    }

    /// Those that come with HDF5. Others would be searched for on this machine as plugins, and run.
    private static let known: Set<H5Z_filter_t> = [
        H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32, H5Z_FILTER_SZIP, H5Z_FILTER_NBIT,
        H5Z_FILTER_SCALEOFFSET,
    ]

    /// Whether the packed size of a chunk follows from its unpacked size.
    var keepsSizes: Bool { filters.allSatisfy { $0 == H5Z_FILTER_SHUFFLE || $0 == H5Z_FILTER_FLETCHER32 } }

    /// Whether HDF5 itself has to say what a chunk unpacks to.
    var needsLibrary: Bool {
        filters.contains { $0 == H5Z_FILTER_SZIP || $0 == H5Z_FILTER_NBIT || $0 == H5Z_FILTER_SCALEOFFSET }
    }
}

/// Shapes as files state them.
enum HDF5Shape {
    /// Number of elements, or nil for a shape that no file can hold. Extents beside a zero count, too, so that the
    /// product of any of a shape's extents fits an `Int` from here on.
    static func elements(_ shape: [Int]) -> Int? {
        guard let product = shape.filter({ $0 != 0 }).checkedProduct(), product < 1 << 40 else { return nil }
        return shape.contains(0) ? 0 : product
    }
}
