import Cluster
import Session
import Testing

/// What ranks would see differently is rank 0's to say.
@Suite struct RootsChoiceTests {
    private static let choices: [[String?]] = [
        ["/cache", nil, "none"], [nil, "/cache", "/other"], ["", "x", nil], ["ä/b c", nil, nil],
    ]

    @Test(arguments: choices) func allRanksTakeTheRoots(_ own: [String?]) throws {
        let found = try LoopbackGroup(size: own.count).run { member in
            try RootsChoice.share(own[member.rank], member)
        }
        #expect(found == [String?](repeating: own[0], count: own.count))
    }
}
