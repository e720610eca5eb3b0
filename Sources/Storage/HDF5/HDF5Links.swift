import CHDF5

/// A link of a group, not followed yet.
struct HDF5Link {
    let name: String
    /// Leads to its object directly; otherwise it is a soft link, a path within the file.
    let isHard: Bool
}

extension HDF5File {
    /// The links of an open group, in the order of their names. Inside the lock.
    ///
    /// - Throws: ``HDF5Error`` naming a link that leads out of the file, or that has no proper name.
    func links(of group: borrowing HDF5Handle, at path: String) throws -> [HDF5Link] {
        var found: [(name: String?, kind: Int32)] = []
        let visit: ch5_link_visitor = { name, kind, list in
            guard let name, let list else { return -1 }
            list.assumingMemoryBound(to: [(name: String?, kind: Int32)].self).pointee
                .append((String(validatingCString: name), kind))
            return 0
        }
        guard withUnsafeMutablePointer(to: &found, { ch5_each_link(group.id, visit, $0) }) >= 0 else {
            throw failure("listing group \(path.isEmpty ? "/" : path)")
        }
        return try found.map { link in
            guard let name = link.name, !name.isEmpty, !name.contains("/"), name != "." else {
                throw HDF5Error(
                    file: self.path, operation: "listing group \(path.isEmpty ? "/" : path)",
                    message:
                        "the link \"\(link.name ?? "(no UTF-8)")\" has no proper name: the file is damaged or forged")
            }
            guard link.kind == H5L_TYPE_HARD.rawValue || link.kind == H5L_TYPE_SOFT.rawValue else {
                throw HDF5Error(
                    file: self.path, operation: "opening \(path.isEmpty ? name : path + "/" + name)",
                    message: "it is a link out of this file, which is not followed. Copy what it leads to into the file"
                )
            }
            return HDF5Link(name: name, isHard: link.kind == H5L_TYPE_HARD.rawValue)
        }
    }
}
