import CHDF5
import Failure

/// Dimension scales, as HDF5's own specification and netCDF-4 have them: a dataset that names an axis of others.
extension HDF5File {
    /// Makes a dataset of one axis a dimension scale.
    ///
    /// - Throws: ``HDF5Error`` (73).
    public func makeDimension(_ path: String) throws {
        try HDF5Library.withLock {
            let object = HDF5Handle(H5Dopen2(id, path, 0), close: H5Dclose)
            guard object.id >= 0 else { throw failure("opening \(path)", ExitCode.cannotWrite) }
            // Of fixed length and ASCII: otherwise it is none to HDF5.
            try writeASCII("DIMENSION_SCALE", to: "CLASS", of: object, path)
            try writeASCII(path.split(separator: "/").last.map(String.init) ?? path, to: "NAME", of: object, path)
        }
    }

    /// Says which scales a dataset's axes have, one an axis.
    ///
    /// - Throws: ``HDF5Error`` (73).
    public func setDimensions(of path: String, to scales: [String]) throws {
        try HDF5Library.withLock {
            let place = "writing the dimensions of \(path)"
            let object = HDF5Handle(H5Dopen2(id, path, 0), close: H5Dclose)
            guard object.id >= 0 else { throw failure("opening \(path)", ExitCode.cannotWrite) }
            var references = [hobj_ref_t](repeating: 0, count: scales.count)
            for (axis, scale) in scales.enumerated() {
                guard ch5_refer(&references[axis], id, scale) >= 0 else {
                    throw failure(place, ExitCode.cannotWrite)
                }
            }
            let type = HDF5Handle(H5Tvlen_create(ch5_std_ref_obj()), close: H5Tclose)
            let space = HDF5Handle(H5Screate_simple(1, [hsize_t(scales.count)], nil), close: H5Sclose)
            let attribute = HDF5Handle(
                H5Acreate2(object.id, "DIMENSION_LIST", type.id, space.id, 0, 0), close: H5Aclose)
            let status: herr_t = references.withUnsafeMutableBufferPointer { references in
                guard let first = references.baseAddress, attribute.id >= 0 else { return -1 }
                let lists = references.indices.map { hvl_t(len: 1, p: first + $0) }
                return H5Awrite(attribute.id, type.id, lists)
            }
            guard status >= 0 else { throw failure(place, ExitCode.cannotWrite) }
        }
    }

    // MARK: Inside the lock

    private func writeASCII(
        _ text: String, to name: String, of object: borrowing HDF5Handle, _ path: String
    ) throws {
        let bytes = Array(text.utf8) + [0]
        let type = HDF5Handle(H5Tcopy(ch5_c_string()), close: H5Tclose)
        let space = HDF5Handle(H5Screate(H5S_SCALAR), close: H5Sclose)
        guard H5Tset_size(type.id, bytes.count) >= 0 else { throw failure("writing \(name)", ExitCode.cannotWrite) }
        let attribute = HDF5Handle(H5Acreate2(object.id, name, type.id, space.id, 0, 0), close: H5Aclose)
        guard attribute.id >= 0, H5Awrite(attribute.id, type.id, bytes) >= 0 else {
            throw failure("writing attribute \(name) of \(path)", ExitCode.cannotWrite)
        }
    }
}
