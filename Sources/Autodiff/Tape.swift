import CKernels
import Kernels

/// Whether operations are recorded, per thread.
public enum Tape {
    public static var isRecording: Bool { ck_thread_flag() == 0 }

    /// Runs `body` without recording: no gradients, no memory kept.
    public static func paused<Result>(_ body: () throws -> Result) rethrows -> Result {
        try setting(recording: false, body)
    }

    static func setting<Result>(recording: Bool, _ body: () throws -> Result) rethrows -> Result {
        let old = ck_thread_flag()
        ck_set_thread_flag(recording ? 0 : 1)
        defer { ck_set_thread_flag(old) }
        return try body()
    }

    /// Makes an operation's result; recorded only when something may want its gradient.
    ///
    /// - Parameter operation: what a ``Trace`` notes of it; nil for what it cannot.
    static func record(
        _ inputs: [Tensor], shape: [Int], _ view: BufferView, keepsOutput: Bool = false,
        as operation: @autoclosure () -> TracedOperation? = nil, backward: @escaping Node.Backward
    ) -> Tensor {
        guard isRecording, inputs.contains(where: \.isDifferentiable) else {
            return Trace.noting(operation(), inputs, Tensor(view, shape: shape))
        }
        return Tensor(
            shape: shape, view: view,
            node: Node(
                inputs: inputs.map(\.node), shape: shape, keeping: keepsOutput ? view : nil, backward: backward))
    }
}
