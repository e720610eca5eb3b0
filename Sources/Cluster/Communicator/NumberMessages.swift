import Failure

extension Communicator {
    /// Collective. What each rank gave, in order of rank, on every rank; lengths may differ between ranks.
    ///
    /// - Throws: ``ClusterError``.
    public func allGather(_ values: [Double]) throws -> [[Double]] {
        try allGather(values.withUnsafeBytes { Array($0) }).map { bytes in
            bytes.withUnsafeBytes { bytes in
                (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
            }
        }
    }

    /// Collective. What the ranks gave, one after the other.
    ///
    /// - Parameter total: how many there must be, since who takes them apart counts on it.
    /// - Throws: ``ClusterError``, where there are more or fewer, too.
    public func allGather(_ values: [Double], total: Int) throws -> [Double] {
        let all = try allGather(values).flatMap { $0 }
        guard all.count == total else {
            throw ClusterError(
                call: "gather",
                reason:
                    "\(all.count) numbers from all ranks where \(total) were expected; are all ranks the same program "
                    + "with the same options?", exitCode: ExitCode.badConfiguration)
        }
        return all
    }

    /// Collective. Replaces `values`, equally many on all ranks, by those of `root`.
    ///
    /// - Throws: ``ClusterError``, where `root` has another number of values, too.
    public func broadcast(_ values: UnsafeMutableBufferPointer<Float>, from root: Int) throws {
        let own = rank == root ? Array(UnsafeRawBufferPointer(values)) : []
        let received = try broadcast(own, from: root)
        guard received.count == values.count * MemoryLayout<Float>.stride else {
            throw ClusterError(
                call: "broadcast",
                reason: "\(received.count) bytes from rank \(root) where \(values.count) floats were expected; are all "
                    + "ranks the same program with the same options?", exitCode: ExitCode.badConfiguration)
        }
        if rank != root { UnsafeMutableRawBufferPointer(values).copyBytes(from: received) }
    }
}
