import Cluster
import Foundation
import Session
import Storage
import Synchronization
import TestSupport
import Testing

/// Ranks of one host, as threads.
@Suite struct HostStagingTests {
    private func makeData(_ folder: String) throws -> String {
        _ = try DatasetSynthesizer(seed: 1, resolution: 16, channels: 3).run(to: folder + "/data", count: 24, shards: 2)
        return folder + "/data"
    }

    @Test func oneRankCopiesAndAllRead() throws {
        try withTemporaryFolder { folder in
            let data = try makeData(folder)
            let told = Mutex<[String]>([])
            func stage() throws -> [[String]] {
                try LoopbackGroup(size: 3).run { member in
                    var dataset = try Dataset(data)
                    let expected = try dataset.read(rows: 0..<24)
                    // What the host's first rank was given counts.
                    let stage = folder + (member.rank == 0 ? "/stage" : "/other")
                    let notes = try HostStaging.stage(&dataset, into: stage, communicator: member) { line in
                        told.withLock { $0.append(line) }
                    }
                    let isSame = try dataset.read(rows: 0..<24) == expected
                    return [dataset.folder, "\(isSame)"] + notes
                }
            }
            let first = try stage()
            let copy = folder + "/stage/" + (try Dataset(data).id) + "-2"
            for rank in first {
                #expect(rank[0] == copy && rank[1] == "true" && rank.count == 3)
                #expect(rank[2].hasPrefix("data: 2 shards, ") && rank[2].contains("of \(data) staged in \(copy): "))
            }
            #expect(told.withLock { $0.count } == 1, "rank 0 says once what takes time")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["data", "stage"])
            #expect(try stage().allSatisfy { $0[0] == copy && $0[2].hasSuffix("are staged in \(copy) already") })
            #expect(told.withLock { $0.count } == 1)

            try Data("x".utf8).write(to: URL(fileURLWithPath: copy + "/shard-00001.h5"))
            let third = try stage()[2]
            #expect(third.count == 4 && third[3].contains("\(copy)/shard-00001.h5: had 1 bytes, expected"))
        }
    }

    @Test func withoutAStageNothingHappens() throws {
        try withTemporaryFolder { folder in
            let data = try makeData(folder)
            for stage in [nil, ""] {
                let folders = try LoopbackGroup(size: 2).run { member in
                    var dataset = try Dataset(data)
                    let notes = try HostStaging.stage(&dataset, into: stage, communicator: member) { _ in }
                    return [dataset.folder] + notes
                }
                #expect(folders == [[data], [data]])
            }
        }
    }

    @Test(arguments: [1, 3]) func aFailureReachesAllRanksAlike(ranks: Int) throws {
        try withTemporaryFolder { folder in
            let data = try makeData(folder)
            try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/file"))
            let errors = try LoopbackGroup(size: ranks).run { member in
                var dataset = try Dataset(data)
                do {
                    _ = try HostStaging.stage(&dataset, into: folder + "/file", communicator: member) { _ in }
                    return "none"
                } catch let error as HostStagingError {
                    return "\(error.exitCode) \(error)"
                }
            }
            #expect(errors.count == ranks && Set(errors).count == 1)
            let place = ranks == 1 ? "data.stage: " : "data.stage, rank 0 on \(RankDiagnostics.hostName): "
            #expect(errors[0].hasPrefix("73 \(place)\(folder)/file/"), "\(errors[0])")
        }
    }
}
