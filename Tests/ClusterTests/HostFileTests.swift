import Foundation
import TestSupport
import Testing

/// Host files, as `cluster/launch` and `cluster/supervise` take them. `mpirun` and the remote shell are stand-ins, which
/// tell what they were called with.
@Suite struct HostFileTests {
    /// Beside what must not be run there is what it would leave.
    @Test(
        arguments: [
            "-oProxyCommand=touch${IFS}MARK slots=1", "-oProxyCommand=touch\tMARK", "--", "$(touch MARK)",
            "`touch MARK`",
            "node1;touch MARK", "node1 slots=1;touch MARK", "node1 $(touch MARK)", "me@-oProxyCommand=MARK", "-l@node1",
            "node1 user=-oProxyCommand=MARK", "node1 rack=1", "node1 slots=0", "node1 slots=-1", "node1 slots",
            "node1 slots=99999999999999999999", "^node1", "+n0", "node1\r", "node1\u{1b}[2J", "no\u{0}de1", "nöde1",
            "\"node1\"",
            "node1,node2", ".", "",
        ], ["launch", "supervise"])
    func refusesWhatIsNoHost(line: String, script: String) throws {
        let trial = try Trial()
        let hosts = try trial.write("localhost\n\n# -oProxyCommand=x is a comment\n" + trial.marked(line), "ho sts")
        let only = try trial.write(trial.marked(line), "only")
        // An empty line is none too many, but none is too few.
        let file = line.isEmpty ? only : hosts
        let options = script == "supervise" ? ["--drop-dead-hosts"] : []
        let result = try trial.run(script, options + ["--hostfile", file])
        #expect(result.status == 65, "\(result.stderr)")
        #expect(
            result.stderr.contains(line.isEmpty ? "\(file): found no host" : "\(file), line 4: "), "\(result.stderr)")
        #expect(!result.stderr.contains("\u{1b}") && !result.stderr.contains("\r"))
        #expect(!FileManager.default.fileExists(atPath: trial.folder + "/mark"))
        #expect(trial.lines(of: "mpirun") == [] && trial.lines(of: "agent") == [])
    }

    @Test(arguments: ["launch", "supervise"]) func refusesWhatIsNoHostFile(script: String) throws {
        let trial = try Trial()
        for (file, status) in [
            (trial.folder + "/nothing", 66), (trial.folder, 66), ("/dev/zero", 66),
            (try trial.write(String(repeating: "node1\n", count: 200_000), "long"), 65),
            (try trial.write("node1" + String(repeating: " x", count: 150_000), "wide"), 65),
        ] as [(String, Int32)] {
            let result = try trial.run(script, ["--hostfile", file])
            #expect(result.status == status && result.stderr.contains(file), "\(result.stderr)")
        }
    }

    @Test func takesWhatIsOne() throws {
        let trial = try Trial()
        let text = """
            # A comment
            node-1.example.org slots=2 max_slots = 4 # another
              me@node_2\tcpu=1
            192.0.2.7 user=you
            fe80::1 count=08

            """
        let result = try trial.run("launch", ["--hostfile", trial.write(text, "hosts")])
        #expect(result.status == 0, "\(result.stderr)")
        // Without comments; not the file itself, which could be another one by then.
        #expect(
            trial.lines(of: "hosts") == [
                "node-1.example.org slots=2 max_slots = 4", "me@node_2\tcpu=1", "192.0.2.7 user=you",
                "fe80::1 count=08",
            ])
    }

    /// Behind `--` nothing is an option, whatever it is called.
    @Test func asksHostsByNameOnly() throws {
        let trial = try Trial()
        let hosts = try trial.write("node1 slots=08\nme@node2 max-slots=9 slots=010\nnode3 user=you slots=1\n", "hosts")
        let result = try trial.run(
            "supervise", ["--drop-dead-hosts", "--hostfile", hosts],
            environment: ["OMPI_MCA_plm_rsh_agent": trial.folder + "/agent -F * : rsh"])
        #expect(result.status == 0, "\(result.stderr)")
        let options = "-o BatchMode=yes -o ConnectTimeout=5 --"
        #expect(
            trial.lines(of: "agent") == [
                "-F * \(options) node1 true", "-F * -l me \(options) node2 true", "-F * -l you \(options) node3 true",
            ])
        #expect(trial.lines(of: "mpirun").first?.contains("-n 19 ") == true)
        // Open MPI 5 has another name for it.
        #expect(trial.lines(of: "environment").contains("PRTE_MCA_plm_ssh_agent=\(trial.folder)/agent -F * : rsh"))
    }

    /// PRRTE does not start on a loopback interface where there is another one.
    @Test(arguments: [[], ["--interface", "lo"], ["--interface", "127.0.0.0/8"]])
    func leavesTheLoopbackInterfaceToTheLibrary(options: [String]) throws {
        let trial = try Trial()
        let result = try trial.run("launch", ["-n", "1"] + options, environment: ["PRTE_MCA_prte_if_include": ""])
        #expect(result.status == 0, "\(result.stderr)")
        let environment = trial.lines(of: "environment")
        let interface = options.last ?? "lo"
        #expect(environment.contains("PMIX_MCA_ptl_tcp_if_include=\(interface)"), "\(environment)")
        #expect(environment.contains("GANGLION_LISTEN_ON=\(interface)"), "\(environment)")
        #expect(!environment.contains { $0.hasPrefix("PRTE_MCA_prte_if_include") }, "\(environment)")
    }

    /// On every host: mpirun's daemons are started with what binds them to the network, too.
    @Test func passesTheInterfaceOn() throws {
        let trial = try Trial()
        let hosts = try trial.write("node1\nnode2\n", "hosts")
        let result = try trial.run(
            "supervise", ["--hostfile", hosts, "--interface", "10.1.0.0/16"],
            environment: ["OMPI_MCA_oob_tcp_if_exclude": "lo", "PMIX_MCA_ptl_base_if_include": "lo"])
        #expect(result.status == 0, "\(result.stderr)")
        let call = try #require(trial.lines(of: "mpirun").first)
        // Open MPI 4 takes no notice of the second, and Open MPI 5 none of the first.
        for daemon in ["orte_launch_agent", "prte_launch_agent"] {
            let words = "libGanglionListen.so GANGLION_LISTEN_ON=10.1.0.0/16 PMIX_MCA_ptl_tcp_if_include=10.1.0.0/16"
            let text = "--mca \(daemon) env "
            let rest = try #require(call.components(separatedBy: text).dropFirst().first, "\(call)")
            #expect(rest.contains("\(words) \(daemon.prefix(3) == "ort" ? "orted" : "prted")"), "\(call)")
        }
        #expect(
            trial.lines(of: "environment") == [
                "GANGLION_LISTEN_ON=10.1.0.0/16", "OMPI_MCA_btl_tcp_if_include=10.1.0.0/16",
                "OMPI_MCA_oob_tcp_if_include=10.1.0.0/16", "PMIX_MCA_ptl_tcp_if_include=10.1.0.0/16",
                "PRTE_MCA_prte_if_include=10.1.0.0/16",
            ])
    }

    /// What the user has set stays, and on other hosts nothing is set unasked.
    @Test func keepsTheUsersOwnChoice() throws {
        let own = ["OMPI_MCA_oob_tcp_if_include": "ib0", "OMPI_MCA_btl": "self,tcp"]
        let trial = try Trial()
        #expect(try trial.run("launch", ["-n", "1"], environment: own).status == 0)
        #expect(trial.lines(of: "environment") == ["OMPI_MCA_btl=self,tcp", "OMPI_MCA_oob_tcp_if_include=ib0"])

        let others = try Trial()
        let hosts = try others.write("localhost\nnode2\n", "hosts")
        #expect(try others.run("launch", ["--hostfile", hosts]).status == 0)
        #expect(others.lines(of: "environment") == [])
    }

    private final class Trial {
        let folder = FileManager.default.temporaryDirectory.path + "/host-file-\(UUID().uuidString)"

        init() throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // The last argument is `true` when cluster/launch asks whether ranks can be bound.
            try writeScript(
                """
                #!/bin/bash
                [[ ${!#} != true ]] || exit 0
                echo "$*" >>"$STAND_IN_FOLDER/mpirun.log"
                \(StandIns.leaveEnding)
                leave_ending 0 "$@"
                env | grep -E '^(GANGLION_LISTEN_ON|(OMPI|PRTE|PMIX)_MCA_.*(_if_|agent|btl))' | sort \
                    >"$STAND_IN_FOLDER/environment.log"
                while (($# > 0)); do
                    [[ $1 != --hostfile ]] || cp -- "$2" "$STAND_IN_FOLDER/hosts.log"
                    shift
                done
                """, to: folder + "/mpirun")
            try writeScript("#!/bin/bash\necho \"$*\" >>\"$STAND_IN_FOLDER/agent.log\"\n", to: folder + "/agent")
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func marked(_ line: String) -> String { line.replacing("MARK", with: folder + "/mark") }

        func write(_ text: String, _ name: String) throws -> String {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            return "\(folder)/\(name)"
        }

        func run(_ script: String, _ options: [String], environment: [String: String] = [:]) throws -> ProcessResult {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            return try ChildProcess.run(
                [Repository.script(script), "--program", "/bin/true"] + options + [
                    "--", "train", "--run", folder + "/run",
                ],
                environment: ["PATH": "\(folder):\(path)", "STAND_IN_FOLDER": folder].merging(environment) { $1 })
        }

        /// How a stand-in was called, a line each time.
        func lines(of name: String) -> [String] {
            let text = (try? String(contentsOfFile: "\(folder)/\(name).log", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map(String.init)
        }
    }
}
