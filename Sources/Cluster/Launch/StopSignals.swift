import CSystem
import Glibc

/// Signals that ask for a stop at the end of the step, with a checkpoint.
///
/// Under mpirun use SIGUSR1: it reaches the ranks at once and leaves them all the time they need, whereas a SIGTERM to
/// mpirun is followed by SIGKILL. A signal is only remembered; whether to stop is agreed by all ranks with `maximum`.
public enum StopSignals {
    /// The signals that are remembered.
    public static let handled: [Int32] = [SIGUSR1, SIGTERM, SIGINT]

    /// From now on the signals are remembered instead of ending the process.
    public static func install() throws {
        for signal in handled where csystem_remember_signal(signal) != 0 {
            throw ClusterError(call: "sigaction(\(name(of: signal)))", reason: String(cString: strerror(errno)))
        }
    }

    /// The last signal that came, or `nil`.
    public static var requested: Int32? {
        let signal = csystem_remembered_signal()
        return signal == 0 ? nil : signal
    }

    /// For messages: "SIGUSR1".
    public static func name(of signal: Int32) -> String {
        switch signal {
        case SIGUSR1: "SIGUSR1"
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        default: "signal \(signal)"
        }
    }
}
