import Cluster
import TestSupport
import Testing

@Suite struct LoopbackTests {
    @Test func aSingleRank() throws {
        let communicator: any Communicator = LoopbackCommunicator()
        #expect(communicator.size == 1 && communicator.localSize == 1 && communicator.isRoot)
        #expect(try communicator.broadcast([1, 2], from: 0) == [1, 2])
        #expect(try communicator.gather([3], to: 0) == [[3]])
        #expect(try communicator.allGather([]) == [[]])
        #expect(try communicator.maximum([4, -5]) == [4, -5])
        var values: [Float] = [1, 2]
        try communicator.sumAlongTree(&values)
        #expect(values == [1, 2])
        try communicator.barrier()
        communicator.finalize()
    }

    @Test func withoutALauncherThereIsNoMPI() throws {
        #expect(Launch.Environment({ _ in nil }).wasLaunched == false)
        for name in ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_SIZE"] {
            #expect(Launch.Environment({ $0 == name ? "2" : nil }).wasLaunched)
        }
        #expect(Launch.Environment({ $0 == "OMPI_COMM_WORLD_SIZE" ? "4" : nil }).expectedRanks == 4)
        #expect(Launch.Environment({ $0 == "SLURM_STEP_NUM_TASKS" ? "3" : nil }).expectedRanks == 3)
    }

    /// As seen with Debian 13's mpirun and ranks of Debian 12; the other way round they find each other.
    @Test func anOlderOpenMPIThanTheLaunchersIsRefused() throws {
        let five = ["OMPI_VERSION": "5.0.7", "OMPI_COMM_WORLD_SIZE": "2"]
        let environment = Launch.Environment { five[$0] }
        for own in ["5.0.7", "5.1.0", "6.0", nil] { try environment.check(openMPI: own) }
        for launcher in ["4.1.4", "", "none", nil] {
            try Launch.Environment { $0 == "OMPI_VERSION" ? launcher : five[$0] }.check(openMPI: "4.1.4")
        }
        // Inherited by ranks of 4.1's own mpirun, or of a launcher that is no mpirun.
        try Launch.Environment { $0 == "OMPI_MCA_orte_launch" ? "1" : five[$0] }.check(openMPI: "4.1.4")
        try Launch.Environment { $0 == "OMPI_VERSION" ? "5.0.7" : nil }.check(openMPI: "4.1.4")
        let error = try #require(thrown(ClusterError.self) { try environment.check(openMPI: "4.1.4") })
        #expect(error.exitCode == 78)
        #expect(
            "\(error)".contains("mpirun is of Open MPI 5.0.7, but this program has Open MPI 4.1.4: ")
                && "\(error)".contains("a build with Open MPI 5"), "\(error)")
    }

    @Test(arguments: [1, 2, 3, 4, 8])
    func theGroupsOperations(size: Int) throws {
        let ranks = try LoopbackGroup(size: size).run { communicator in
            let rank = communicator.rank
            for round in 0..<20 {
                let root = round % size
                let message = (0..<round * 100).map { UInt8(truncatingIfNeeded: $0 + root) }
                #expect(try communicator.broadcast(rank == root ? message : [], from: root) == message)
                let parts = (0..<size).map { [UInt8](repeating: UInt8($0), count: $0 * round) }
                #expect(try communicator.gather(parts[rank], to: root) == (rank == root ? parts : nil))
                #expect(try communicator.allGather(parts[rank]) == parts)
                #expect(try communicator.maximum([Int64(rank), -Int64(rank)]) == [Int64(size - 1), 0])
                try communicator.barrier()
            }
            communicator.finalize()
            return rank
        }
        #expect(ranks == Array(0..<size))
    }

    @Test(arguments: [1, 2, 4]) func numbers(size: Int) throws {
        let gathered = try LoopbackGroup(size: size).run { communicator in
            var values = [Float](repeating: Float(communicator.rank) + 0.1, count: 5)
            try values.withUnsafeMutableBufferPointer { try communicator.broadcast($0, from: size - 1) }
            #expect(values == Array(repeating: Float(size - 1) + 0.1, count: 5))
            return try communicator.allGather((0..<communicator.rank).map { Double($0) / 3 })
        }
        let expected = (0..<size).map { rank in (0..<rank).map { Double($0) / 3 } }
        #expect(gathered == Array(repeating: expected, count: size))
    }

    @Test func numbersOfAnotherLengthAreRefused() {
        #expect(throws: ClusterError.self) {
            try LoopbackGroup(size: 2).run { communicator in
                var values = [Float](repeating: 0, count: 3 + communicator.rank)
                try values.withUnsafeMutableBufferPointer { try communicator.broadcast($0, from: 0) }
            }
        }
    }

    /// A failing member must not leave the others waiting, in whichever channel they wait.
    @Test func aFailureReachesWaitingMembers() {
        struct Failure: Error {}
        let group = LoopbackGroup(size: 4)
        #expect(throws: Failure.self) {
            try group.run { communicator in
                if communicator.rank == 2 { throw Failure() }
                if communicator.rank == 3 {
                    var values = [Float](repeating: 1, count: 10)
                    try communicator.sumAlongTree(&values)
                } else {
                    try communicator.barrier()
                }
            }
        }
    }

    /// Sums on one thread, control messages on another, as in training.
    @Test func sumsAndMessagesDoNotMeet() throws {
        let group = LoopbackGroup(size: 2)
        let sums = try group.run { communicator in
            let member = LoopbackGroup(size: 2)
            return try member.run { worker in
                var values: [Float] = [Float(communicator.rank), 1]
                for _ in 0..<50 {
                    if worker.rank == 0 {
                        try communicator.sumAlongTree(&values)
                    } else {
                        try communicator.barrier()
                    }
                }
                return values[1]
            }[0]
        }
        #expect(sums[0] == sums[1])
    }
}
