/// How positions are dealt: blocks of fixed size inside a sample.
struct SampleBlocks {
    let positions: Int
    let blockRows: Int
    let blocksPerSample: Int
    let blocks: Int
    let channels: Int

    init(_ count: Int, _ samples: Int, _ channels: Int) {
        precondition(
            samples > 0 && channels > 0 && count % (samples * channels) == 0,
            "\(count) elements are not \(samples) samples of \(channels) channels")
        positions = count / (samples * channels)
        blockRows = max(1, Elementwise.grain / channels)
        blocksPerSample = (positions + blockRows - 1) / blockRows
        blocks = samples * blocksPerSample
        self.channels = channels
    }

    func forEachBlock(_ body: (_ sample: Int, _ first: Int, _ rows: Int, _ block: Int) -> Void) {
        guard blocks > 0 else { return }
        // Blocks of small maps are gathered, so that a fork is never paid for a few hundred elements.
        let gather = max(1, Elementwise.grain / (min(blockRows, positions) * channels))
        Workers.forEachRange(blocks, grain: gather) { range in
            for block in range {
                let first = block % blocksPerSample * blockRows
                body(block / blocksPerSample, first, min(blockRows, positions - first), block)
            }
        }
    }
}
