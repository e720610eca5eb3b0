import Cluster

/// What rank 0 sees of its environment and its disks, for what all ranks have to do alike.
package enum RootsChoice {
    /// Collective. Rank 0's text on all ranks.
    package static func share(_ text: @autoclosure () -> String?, _ communicator: any Communicator) throws -> String? {
        let own: [UInt8] = communicator.isRoot ? text().map { [1] + Array($0.utf8) } ?? [0] : []
        let bytes = try communicator.broadcast(own, from: 0)
        return bytes.first == 1 ? String(decoding: bytes.dropFirst(), as: UTF8.self) : nil
    }
}
