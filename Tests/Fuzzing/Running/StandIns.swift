import Foundation
import TestSupport

/// Programs that stand in for those that scripts would start: they start nothing, and look at what they are given.
struct StandIns: Sendable {
    /// In the folder of a case: what ssh was given that is no name of a host.
    static let note = "told-to-ssh"

    private static let programs = [
        // A training that ends well says so in its run folder.
        "mpirun": """
        #!/bin/bash
        \(TestSupport.StandIns.leaveEnding)
        [[ " $* " != *" --run "* ]] || leave_ending 0 "$@"

        """,
        // What is neither an option of the script's own nor its value is a host's name or the command.
        "ssh": """
        #!/bin/sh
        value=no host=
        for word in "$@"; do
            if [ "$value" = yes ]; then
                value=no
                continue
            fi
            case $word in
                -o) value=yes ;;
                -- | -l | true) ;;
                -* | *[!A-Za-z0-9._:@-]*) echo "$word" >>\(note) ;;
                *) host=$word ;;
            esac
        done
        [ -n "$host" ] || echo "no host: $*" >>\(note)

        """,
    ]

    private let scratch: Scratch
    /// Comes first in PATH.
    var folder: String { scratch.path }

    /// Another program writes them: the system starts no file that a process holds open for writing, and what is started
    /// on another thread just then holds, until its own program runs, whatever this one does.
    init(_ process: FuzzedProcess) throws {
        scratch = try Scratch()
        for (name, text) in Self.programs {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(scratch.path)/\(name).draft"))
            let ended = try process.run(
                ["/usr/bin/install", "-m", "755", name + ".draft", name].map { Array($0.utf8) }, in: scratch.path,
                environment: FuzzRunner.environment, output: scratch.outer + "/output")
            guard ended.ending == .exit(0) else { throw FuzzError("\(name): \(ended.output)") }
        }
    }
}
