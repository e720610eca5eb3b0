import Cluster
import Foundation
import TestSupport
import Testing

@Suite struct CheckTests {
    private func replicas(_ values: [[UInt64]], names: [String] = ["a", "b", "c"]) throws {
        _ = try LoopbackGroup(size: values.count).run { communicator in
            let hashes = zip(names, values[communicator.rank]).map { (name: $0, value: $1) }
            try ReplicaCheck.compare(named: hashes, communicator: communicator)
        }
    }

    @Test func equalReplicasPass() throws {
        try replicas([[1, 2, 3], [1, 2, 3]])
        try replicas([[1, 2, 3]])
    }

    @Test func theMinorityIsNamed() throws {
        let error = try #require(
            thrown(ReplicaDivergence.self) {
                try replicas([[1, 9, 8], [1, 2, 3], [1, 2, 3], [1, 2, 4]])
            })
        #expect(error.name == "b")
        #expect(error.ranks == [0])
        #expect(error.count == 2)
        #expect(error.exitCode == 70)
        #expect(error.description.contains("'b' on rank 0 on "))
        #expect(error.description.contains("ranks 1, 2, 3 on "))
    }

    @Test func inATieRankZeroIsRight() throws {
        let error = try #require(thrown(ReplicaDivergence.self) { try replicas([[1, 2, 3], [1, 2, 4]]) })
        #expect(error.name == "c")
        #expect(error.ranks == [1])
    }

    @Test func aMissingParameterIsADifference() throws {
        let error = try #require(thrown(ReplicaDivergence.self) { try replicas([[1, 2, 3], [1, 2]]) })
        #expect(error.name == "c")
        #expect(error.description.contains("absent"))
    }

    private func configurations(_ entries: [[(key: String, value: String)]]) throws {
        _ = try LoopbackGroup(size: entries.count).run { communicator in
            try ConfigurationCheck.compare(entries: entries[communicator.rank], communicator: communicator)
        }
    }

    @Test func equalConfigurationsPassInAnyOrder() throws {
        try configurations([[("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]])
    }

    @Test func aDifferenceNamesKeyRankHostAndValues() throws {
        let error = try #require(
            thrown(ConfigurationMismatch.self) {
                try configurations([[("batch", "32")], [("batch", "32")], [("batch", "64")]])
            })
        #expect(error.key == "batch")
        #expect(error.rank == 2)
        #expect(error.exitCode == 78)
        for part in ["'batch'", "'64' on rank 2 on \(RankDiagnostics.hostName)", "'32' on rank 0 on "] {
            #expect(error.description.contains(part))
        }
    }

    @Test func aMissingKeyIsADifference() throws {
        let error = try #require(
            thrown(ConfigurationMismatch.self) {
                try configurations([[("a", "1")], [("a", "1"), ("b", "é")]])
            })
        #expect(error.key == "b")
        #expect(error.description.contains("'é' on rank 1"))
        #expect(error.description.contains("missing on rank 0"))
    }

    @Test func thePrefixStandsOnEachLine() throws {
        #expect(RankDiagnostics(LoopbackCommunicator()).prefixed("a\nb") == "a\nb")
        let texts = try LoopbackGroup(size: 2).run { RankDiagnostics($0).prefixed("a\nb") }
        let prefix = "[rank 1 on \(RankDiagnostics.hostName)] "
        #expect(texts[1] == "\(prefix)a\n\(prefix)b")
    }

    @Test func theKernelIsKnownByItsBootID() throws {
        let stated = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        #expect(String(decoding: RankDiagnostics.kernelID, as: UTF8.self) == stated)
    }
}
