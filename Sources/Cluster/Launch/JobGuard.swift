import CSystem
import Failure
import Glibc

/// Runs a rank's part so that the job ends as a whole, whatever happens on one rank.
///
/// A rank that merely exits leaves the others waiting in their next collective operation. So an error that reaches the
/// guard is printed with rank and host, and all ranks are ended with its exit code, which becomes that of mpirun.
public struct JobGuard: Sendable {
    private let communicator: any Communicator

    /// Microseconds that the other ranks leave rank 0 to speak first: an error that all meet alike is then printed once.
    /// mpirun's signal takes longer to other hosts. Ranks are numbered node by node, rank 0's first.
    private var precedence: UInt32 { communicator.rank == communicator.localRank ? 2_000_000 : 3_000_000 }

    public init(_ communicator: any Communicator) { self.communicator = communicator }

    /// Joins the job as `Launch.communicator` does, runs `body` and exits; a launch that fails is reported likewise.
    public static func launch(_ body: (any Communicator) throws -> Int32) -> Never {
        let communicator: any Communicator
        do {
            communicator = try Launch.communicator()
        } catch {
            JobGuard(LoopbackCommunicator()).fail(error)
        }
        JobGuard(communicator).run(body)
    }

    /// Runs `body` and exits: with its status after all ranks have left in order, or with that of the error it threw.
    public func run(_ body: (any Communicator) throws -> Int32) -> Never {
        csystem_line_buffer_stdout()
        do {
            let status = try body(communicator)
            fflush(nil)
            communicator.finalize()
            exit(status)
        } catch {
            fail(error)
        }
    }

    /// Prints the error, prefixed with rank and host, and ends the job.
    public func fail(_ error: any Error) -> Never {
        if communicator.rank != 0 {
            let earlier = StopSignals.requested
            usleep(precedence)
            if StopSignals.requested == SIGTERM, earlier != SIGTERM {
                // The launcher is ending the job because another rank has already spoken.
                communicator.abort(code(of: error))
            }
        }
        RankDiagnostics(communicator).report(error)
        communicator.abort(code(of: error))
    }

    private func code(of error: any Error) -> Int32 {
        (error as? any ExitCoded)?.exitCode ?? ExitCode.internalError
    }
}
