import Failure
import Session

extension KernelBenchmark {
    /// Starts the workers, and measures the lines whose name contains the filter.
    ///
    /// - Throws: ``UsageError`` where no line has such a name.
    public static func measure(filter: String?, seconds: Double, threads: Int?) throws -> Report {
        let cores = Processors.allowed
        try Processors.start(threads: threads ?? cores, cores: cores)
        let report = try KernelBenchmark(
            filter: filter, seconds: seconds, spin: Processors.spin(threads: threads ?? cores, cores: cores)
        ).run()
        guard !report.isEmpty else {
            throw UsageError("--filter \(filter ?? ""): no line has such a name; without it all are shown")
        }
        return report
    }
}
