import Cluster

// One rank for the tests of Cluster: the first argument names a scenario, the rest are its arguments.
let arguments = CommandLine.arguments.dropFirst().map { String($0) }
JobGuard.launch { communicator in
    guard let name = arguments.first, let scenario = scenarios[name] else {
        throw ProbeError(description: "no such scenario; there are \(scenarios.keys.sorted())", exitCode: 64)
    }
    return try scenario(communicator, arguments.dropFirst().compactMap { Int($0) })
}
