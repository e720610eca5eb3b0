import CMPI

/// One MPI communicator: the only place where MPI is called to move data. Every call is checked.
///
/// Lengths are unlimited: MPI counts in 32 bits, so long transfers go in pieces. Operations are started and then waited
/// for by ``MPIWait``, never inside MPI.
struct MPIChannel: @unchecked Sendable {
    let handle: MPI_Comm
    private static let piece = 1 << 30

    /// Takes over a communicator and makes its errors come back as codes instead of ending the program.
    init(_ handle: MPI_Comm) throws {
        self.handle = handle
        try Self.check("MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(handle, cmpi_errors_return()))
    }

    /// A separate channel between the same ranks: messages of one are never taken for those of another.
    func duplicate() throws -> MPIChannel {
        var copy: MPI_Comm?
        try Self.check("MPI_Comm_dup", MPI_Comm_dup(handle, &copy))
        return try MPIChannel(Self.present(copy, "MPI_Comm_dup"))
    }

    /// The same ranks numbered node by node, nodes in the order of their first rank.
    func orderedByNode() throws -> MPIChannel {
        let first = try onNode { node in
            var rank = Int64(try self.rank())
            try Self.check("MPI_Bcast", MPI_Bcast(&rank, 1, cmpi_int64(), 0, node.handle))
            return Int(rank)
        }
        var ordered: MPI_Comm?
        // Equal keys, those of one node, stay in their old order.
        try Self.check("MPI_Comm_split", MPI_Comm_split(handle, 0, Int32(first), &ordered))
        return try MPIChannel(Self.present(ordered, "MPI_Comm_split"))
    }

    /// This rank's number and the number of ranks among those that share this node's memory.
    func place() throws -> (rank: Int, size: Int) {
        try onNode { (try $0.rank(), try $0.size()) }
    }

    private func onNode<Result>(_ body: (MPIChannel) throws -> Result) throws -> Result {
        var node: MPI_Comm?
        try Self.check(
            "MPI_Comm_split_type",
            MPI_Comm_split_type(handle, cmpi_type_shared(), 0, cmpi_info_null(), &node))
        let result = try body(try MPIChannel(Self.present(node, "MPI_Comm_split_type")))
        try Self.check("MPI_Comm_free", MPI_Comm_free(&node))
        return result
    }

    func rank() throws -> Int {
        var value: Int32 = 0
        try Self.check("MPI_Comm_rank", MPI_Comm_rank(handle, &value))
        return Int(value)
    }

    func size() throws -> Int {
        var value: Int32 = 0
        try Self.check("MPI_Comm_size", MPI_Comm_size(handle, &value))
        return Int(value)
    }

    func barrier() throws {
        try Self.complete("MPI_Ibarrier") { MPI_Ibarrier(handle, &$0) }
    }

    func broadcast(_ bytes: inout [UInt8], from root: Int) throws {
        try bytes.withUnsafeMutableBytes { bytes in
            try Self.inPieces(bytes) { base, count in
                try Self.complete("MPI_Ibcast") {
                    MPI_Ibcast(base, count, cmpi_byte(), Int32(root), handle, &$0)
                }
            }
        }
    }

    func send(_ bytes: [UInt8], to rank: Int) throws {
        var bytes = bytes
        try bytes.withUnsafeMutableBytes { bytes in
            try Self.inPieces(bytes) { base, count in
                try Self.complete("MPI_Isend") {
                    MPI_Isend(base, count, cmpi_byte(), Int32(rank), 0, handle, &$0)
                }
            }
        }
    }

    func receive(count: Int, from rank: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { bytes in
            try Self.inPieces(bytes) { base, count in
                try Self.complete("MPI_Irecv") {
                    MPI_Irecv(base, count, cmpi_byte(), Int32(rank), 0, handle, &$0)
                }
            }
        }
        return bytes
    }

    /// One value of every rank, on every rank.
    func allGather(_ value: Int64, ranks: Int) throws -> [Int64] {
        var values = [Int64](repeating: 0, count: ranks)
        try values.withUnsafeMutableBufferPointer { values in
            try withUnsafePointer(to: value) { value in
                try Self.complete("MPI_Iallgather") {
                    MPI_Iallgather(value, 1, cmpi_int64(), values.baseAddress, 1, cmpi_int64(), handle, &$0)
                }
            }
        }
        return values
    }

    func maximum(_ values: inout [Int64]) throws {
        try values.withUnsafeMutableBufferPointer { values in
            try Self.complete("MPI_Iallreduce") {
                MPI_Iallreduce(
                    cmpi_in_place(), values.baseAddress, Int32(values.count), cmpi_int64(), cmpi_max(), handle, &$0)
            }
        }
    }

    /// MPI's own sum, in an order of its choice.
    func sum(_ values: UnsafeMutableBufferPointer<Float>) throws {
        try Self.inPieces(UnsafeMutableRawBufferPointer(values)) { base, bytes in
            try Self.check(
                "MPI_Allreduce",
                MPI_Allreduce(
                    cmpi_in_place(), base, bytes / Int32(MemoryLayout<Float>.stride), cmpi_float(), cmpi_sum(), handle))
        }
    }

    /// Starts an operation and waits for its end.
    private static func complete(_ call: String, _ start: (inout MPI_Request?) -> Int32) throws {
        var request: MPI_Request?
        try check(call, start(&request))
        try MPIWait.urgent.complete(&request, call)
    }

    /// The one wrapper: any code but success becomes an error with the call's name and MPI's own words.
    static func check(_ call: String, _ code: Int32) throws {
        guard code != MPI_SUCCESS else { return }
        var text = [CChar](repeating: 0, count: Int(cmpi_max_error_string()) + 1)
        var length: Int32 = 0
        let words =
            MPI_Error_string(code, &text, &length) == MPI_SUCCESS
            ? String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
            : "unknown error"
        throw ClusterError(call: call, reason: "\(words) (code \(code)); start again from the last checkpoint")
    }

    static func present<Handle>(_ handle: Handle?, _ call: String) throws -> Handle {
        guard let handle else { throw ClusterError(call: call, reason: "returned no handle where one was expected") }
        return handle
    }

    private static func inPieces(
        _ bytes: UnsafeMutableRawBufferPointer, _ body: (UnsafeMutableRawPointer, Int32) throws -> Void
    ) throws {
        guard let base = bytes.baseAddress else { return }
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try body(base + start, Int32(min(piece, bytes.count - start)))
        }
    }
}
