import Autodiff
import Glibc
import Kernels
import Storage

// A process that ends before its time, for tests of what it leaves behind: the first argument names what it does, the
// rest are its arguments. Swift Testing has tests of this kind only from Swift 6.2 on.
let scenarios: [String: ([String]) throws -> Void] = [
    // FOLDER NAME MICROSECONDS: killed so long after it began to write a checkpoint.
    "write-checkpoint": { arguments in
        guard arguments.count == 3, let microseconds = UInt32(arguments[2]) else { exit(64) }
        let size = 1_000_000
        let contents = CheckpointContents(
            arrays: [
                ("generator/mapping.fc0.weight", [size, 2], (0..<2 * size).map { Float($0) * 0.1 + 2 }),
                ("state/pl_mean", [], [2.5]),
            ],
            attributes: [
                ("config", .string("preset: quick\nseed: 0\n")), ("images_shown", .int(1000)), ("step", .int(31)),
            ])
        let saver = CheckpointSaver(folder: arguments[0], keep: 2)
        try saver.save(contents, name: arguments[1])
        withExtendedLifetime(saver) {
            usleep(microseconds)
            _ = kill(getpid(), SIGKILL)
        }
    },
    // FOLDER: killed while it holds the lock of a run.
    "hold-run": { arguments in
        guard let folder = arguments.first else { exit(64) }
        let holder = LockHolder(host: "here", kernel: "6f1c", since: "then", patience: 600)
        let lock = try RunLock(folder, as: holder)
        withExtendedLifetime(lock) { _ = kill(getpid(), SIGKILL) }
    },
    // RECORDS: goes back through a sum over the whole batch, and records its gradients if that is 1.
    "sum": { arguments in
        final class Whole: GlobalSummation {
            let microbatches = 1
            func sum(_ leaves: [BufferView], into total: BufferView) { Elementwise.copy(leaves[0], into: total) }
        }
        let x = Tensor([1, 2, 3], shape: [3]).variable()
        let sums = Tensor.globalSums([x.squared()], over: Whole())
        _ = gradients(of: sums[0], with: [x], recording: arguments.first == "1")
    },
    // COUNT: differentiates three values, with a seed of so many.
    "seed": { arguments in
        guard let count = arguments.first.flatMap({ Int($0) }) else { exit(64) }
        let x = Tensor([1, 2, 3], shape: [3]).variable()
        _ = gradients(of: x * 2, seed: Tensor([Float](repeating: 1, count: count), shape: [count]), with: [x])
    },
]

let arguments = CommandLine.arguments.dropFirst().map { String($0) }
guard let name = arguments.first, let scenario = scenarios[name] else {
    print("no such scenario; there are \(scenarios.keys.sorted())")
    exit(64)
}
try scenario(Array(arguments.dropFirst()))
