import Foundation

/// The Python that some tests read our files with.
public enum Python {
    /// One that can import a module: of `GANGLION_PYTHON`, or of the machine; nil where there is none.
    public static func interpreter(with module: String) -> String? {
        let own = ProcessInfo.processInfo.environment["GANGLION_PYTHON"].map { [$0] } ?? []
        return (own + ["python3", "/usr/bin/python3"]).first { name in
            let look = "import importlib.util as u, sys; sys.exit(u.find_spec('\(module)') is None)"
            return (try? ChildProcess.run(["/usr/bin/env", name, "-c", look]))?.status == 0
        }
    }
}
