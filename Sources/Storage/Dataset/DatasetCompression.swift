/// How shards pack their samples, maps and condition images.
public enum DatasetCompression: String, CaseIterable, Sendable {
    /// Not at all: rows are read as fast as the disk gives them.
    case none
    /// By HDF5's own shuffle and deflate filters, which every program with HDF5 reads. Reading unpacks, and opening a data
    /// set unpacks all of it once, to see that no chunk claims another size.
    case deflate

    /// zlib's, as most programs use it.
    var level: Int? { self == .deflate ? 4 : nil }
}
