import Failure
import Storage

/// What `ganglion sample` is to write.
enum SampleForm: Sendable {
    /// One PNG.
    case grid
    case hdf5
    /// An HDF5 file by the conventions of netCDF-4.
    case netCDF
    /// One PNG a seed.
    case folder

    /// What OUT is to be. A folder that is there already, or ends with a slash, may be called as it likes.
    ///
    /// - Parameter netCDF: whether its conventions were asked for.
    /// - Throws: ``UsageError``.
    init(out: String, netCDF: Bool) throws(UsageError) {
        self = try Self.form(of: out)
        guard netCDF else { return }
        guard self == .hdf5 || self == .netCDF else {
            throw UsageError("--netcdf: \(out) is no FILE.h5 or FILE.nc")
        }
        self = .netCDF
    }

    private static func form(of out: String) throws(UsageError) -> SampleForm {
        if out.hasSuffix("/") || Files.isFolder(out) { return .folder }
        let name = out.split(separator: "/").last ?? ""
        switch name.lastIndex(of: ".").map({ name[$0...].dropFirst().lowercased() }) {
        case "png": return .grid
        case "h5": return .hdf5
        case "nc": return .netCDF
        case let kind?:
            guard kind.first?.isLetter == true, kind.count <= 5, name.first != "." else { return .folder }
            throw UsageError(
                "--out \(out): expected FILE.png (a grid), FILE.h5 (an HDF5 file), or a folder (one PNG a seed); "
                    + "a folder of that name is \(out)/")
        case nil: return .folder
        }
    }
}
