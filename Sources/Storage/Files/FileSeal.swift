import Failure

/// The seals behind shards and checkpoints, for those who open a file of either kind.
public enum FileSeal {
    /// Checks the seal of a shard or checkpoint before HDF5 sees the file, whose damaged structures can lead it astray.
    ///
    /// - Throws: an ``ExitCoded`` error with code 65 when the file is not what was sealed. Files without a seal pass.
    public static func check(_ path: String) throws {
        // HDF5 would wait for who writes into a FIFO.
        if Files.exists(path) { try Files.requireRegular(path) }
        guard let size = Files.size(path), size > CheckpointSeal.size else { return }
        _ = try CheckpointSeal.check(path)
        try ShardSeal.check(path)
    }
}
