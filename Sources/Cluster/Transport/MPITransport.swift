import CMPI

/// The pairwise wire between processes.
struct MPITransport: PairwiseTransport {
    let channel: MPIChannel
    let urgency: GradientSum.Urgency

    /// Receive and send.
    typealias Exchange = (MPI_Request?, MPI_Request?)

    /// Both sides are segments of a few hundred kilobytes, far below MPI's 32-bit counts.
    func start(
        with partner: Int, send: UnsafeMutableBufferPointer<Float>, receive: UnsafeMutableBufferPointer<Float>
    ) throws -> Exchange {
        var exchange: Exchange = (nil, nil)
        try MPIChannel.check(
            "MPI_Irecv",
            MPI_Irecv(
                receive.baseAddress, Int32(receive.count), cmpi_float(), Int32(partner), 0, channel.handle,
                &exchange.0))
        try MPIChannel.check(
            "MPI_Isend",
            MPI_Isend(
                send.baseAddress, Int32(send.count), cmpi_float(), Int32(partner), 0, channel.handle, &exchange.1))
        return exchange
    }

    func finish(_ exchange: Exchange) throws {
        try wait(for: exchange.0, "MPI_Irecv")
        try wait(for: exchange.1, "MPI_Isend")
    }

    private func wait(for request: MPI_Request?, _ call: String) throws {
        var request = request
        try MPIWait.patient.complete(&request, call, isUrgent: { urgency.isUrgent })
    }
}
