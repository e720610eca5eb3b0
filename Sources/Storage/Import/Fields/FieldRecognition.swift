extension FieldImport {
    /// Whether sources are arrays of numbers rather than pictures: by what is asked for, else by their content.
    ///
    /// Faults of a source are left to whoever reads it then.
    public static func isMeant(_ sources: [String], _ fields: FieldOptions) -> Bool {
        if fields.isAsked || sources.count > 1 { return true }
        guard let path = sources.first, Files.exists(path), !Files.isFolder(path),
            let head = try? Files.bytes(path, limit: 8)
        else { return false }
        if ArrayFile.isArrays(head) { return true }
        guard head == ArrayFile.hdf5, let file = try? HDF5File(reading: path) else { return false }
        if file.contains("images"), let images = try? file.dataset("images"), images.kind == .uint8 { return false }
        if NetCDFFacts.isNetCDF(file) { return true }
        guard let paths = try? file.datasetPaths() else { return false }
        return paths.contains { path in
            guard let dataset = try? file.dataset(path) else { return false }
            return dataset.kind == .float && dataset.shape.count >= 3
        }
    }
}
