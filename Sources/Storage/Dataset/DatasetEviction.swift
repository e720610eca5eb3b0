import Glibc

extension Dataset {
    /// Asks the system to forget what it holds of the shards in memory, so that the next read comes from the disk.
    ///
    /// As far as the file system allows: one that lives in memory does not.
    package func evict() throws {
        for name in try Files.names(in: folder).filter(DatasetFormat.isShardName) {
            let path = folder + "/" + name
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw FileError.read(path, "opening") }
            defer { close(descriptor) }
            // What is not yet written stays; where it cannot be written now, it is not ours to write.
            fsync(descriptor)
            posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        }
    }
}
