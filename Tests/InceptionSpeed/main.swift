import Evaluation
import Foundation
import Kernels

// Times Inception-v3 from 299×299 pixels to features and probabilities; Tests/Reference/inception_speed.py times PyTorch's.
//
//   InceptionSpeed FILE.h5 [THREADS [BATCH [ROUNDS]]]
//
// FILE.h5 is one that cluster/convert-inception made, of weights of any kind: speed does not hang on them. Prints JSON:
// median images/s, the spread of the middle half, peak memory.
let arguments = CommandLine.arguments.dropFirst()
let numbers = arguments.dropFirst().map { Int($0) ?? 0 }
guard let path = arguments.first, numbers.count <= 3, numbers.allSatisfy({ (1...4096).contains($0) }) else {
    print("InceptionSpeed FILE.h5 [THREADS [BATCH [ROUNDS]]]")
    exit(64)
}
let threads = numbers.first ?? 1
let batch = numbers.count > 1 ? numbers[1] : 8
let rounds = numbers.count > 2 ? numbers[2] : 10
do {
    try Workers.start(threads: threads)
    let extractor = try InceptionFeatures(path: path, resize: .pytorch)
    let count = batch * 299 * 299 * 3
    let pixels = [Float](unsafeUninitializedCapacity: count) { target, initialized in
        var state: UInt32 = 1
        for index in 0..<count {
            state = state &* 1_664_525 &+ 1_013_904_223
            target[index] = Float(state >> 24)
        }
        initialized = count
    }
    var speeds: [Double] = []
    for round in 0..<rounds + 2 {
        let start = DispatchTime.now().uptimeNanoseconds
        _ = try extractor.features(of: pixels, count: batch, resolution: 299, channels: 3)
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
        if round >= 2 { speeds.append(Double(batch) / seconds) }
    }
    speeds.sort()
    let quarter = speeds.count / 4
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    print(
        String(
            format: "{\"threads\": %d, \"batch\": %d, \"images_per_second\": %.3f, \"middle_half\": [%.3f, %.3f], "
                + "\"peak_mb\": %d}", threads, batch, speeds[speeds.count / 2], speeds[quarter],
            speeds[speeds.count - 1 - quarter], usage.ru_maxrss / 1024))
} catch {
    print("error: \(error)")
    exit(65)
}
