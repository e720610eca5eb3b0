import Foundation
import TestSupport
import Testing

/// The library that `cluster/launch` loads before mpirun's own: what is bound to all interfaces comes to one.
@Suite struct ListeningTests {
    private func places(_ interface: String) throws -> [String: String] {
        let library = try ChildProcess.product("libGanglionListen.so")
        let result = try ChildProcess.run(
            [ChildProcess.product("RankProbe"), "listen"],
            environment: ["LD_PRELOAD": library, "GANGLION_LISTEN_ON": interface])
        #expect(result.status == 0, "\(result.stderr)")
        let lines = result.stdout.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        return Dictionary(uniqueKeysWithValues: lines.map { ($0[0], $0[1]) })
    }

    @Test(arguments: ["lo", "127.0.0.0/8", "127.0.0.1/32", "126.0.0.0/7"]) func bindsToTheInterface(name: String) throws
    {
        let found = try places(name)
        #expect(found["all"] == "127.0.0.1")
        #expect(["::1", "::ffff:127.0.0.1"].contains(found["all-six"]))
        // What names an address gets it, and datagrams are none of its business.
        #expect(found["one"] == "127.0.0.2" && found["datagrams"] == "0.0.0.0")
    }

    @Test(arguments: ["", "nonesuch", "127.0.0.0/33", "127.0.0.0/", "127.0.0.0/8x", "126.0.0.0/8", "127.0.0.1", "/8"])
    func neverBindsToMoreThanThat(name: String) throws {
        // No such interface: an error, not all of them. Nothing named: as without the library.
        #expect(try places(name)["all"] == (name.isEmpty ? "0.0.0.0" : "error \(ENODEV)"))
    }
}
