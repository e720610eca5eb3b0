import CMPI
import Cluster
import Glibc

/// bench KILOBYTES…: the tree against MPI_Allreduce, best and median milliseconds of 50.
func bench(_ communicator: any Communicator, _ arguments: [Int]) throws -> Int32 {
    for kilobytes in arguments {
        var values = [Float](repeating: 1, count: kilobytes * 256)
        let count = Int32(values.count)
        let tree = try time(communicator) { try communicator.sumAlongTree(&values) }
        let mpi = try time(communicator) {
            MPI_Allreduce(cmpi_in_place(), &values, count, cmpi_float(), cmpi_sum(), cmpi_comm_world())
        }
        if communicator.isRoot { print("\(kilobytes) KB: tree \(tree) ms, MPI_Allreduce \(mpi) ms") }
    }
    return 0
}

private func time(_ communicator: any Communicator, _ body: () throws -> Void) throws -> String {
    var milliseconds: [Double] = []
    for _ in 0..<50 {
        try communicator.barrier()
        let clock = ContinuousClock()
        let duration = try clock.measure(body)
        milliseconds.append(Double(duration.components.attoseconds) * 1e-15)
    }
    milliseconds.sort()
    func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
    return "\(rounded(milliseconds[0])) (median \(rounded(milliseconds[25])))"
}
