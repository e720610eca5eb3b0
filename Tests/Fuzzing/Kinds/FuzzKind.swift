/// A kind of input.
public enum FuzzKind: String, CaseIterable, Sendable {
    case shard, checkpoint, translate, segmenter, hdf5, png, jpeg, labels, maps, pairs, idx, gzip, cifar, numpy, npz,
        netcdf, configuration, scaling,
        options, run,
        staged,
        hosts

    /// The case of a seed; always the same one.
    public func trial(seed: UInt64, _ originals: Originals) -> Trial {
        var random = FuzzRandom(rawValue, seed: seed)
        return switch self {
        case .shard: Self.shard(originals, &random)
        case .checkpoint: Self.checkpoint(originals, &random)
        case .translate: Self.translate(originals, &random)
        case .segmenter: Self.segmenter(originals, &random)
        case .hdf5: Self.hdf5(originals, &random)
        case .png: Self.png(originals, &random)
        case .jpeg: Self.jpeg(originals, &random)
        case .labels: Self.labels(originals, &random)
        case .maps: Self.maps(originals, &random)
        case .pairs: Self.pairs(originals, &random)
        case .idx: Self.idx(originals, &random)
        case .gzip: Self.gzip(originals, &random)
        case .cifar: Self.cifar(originals, &random)
        case .numpy: Self.numpy(originals, &random)
        case .npz: Self.npz(originals, &random)
        case .netcdf: Self.netcdf(originals, &random)
        case .configuration: Self.configuration(originals, &random)
        case .scaling: Self.scaling(originals, &random)
        case .options: Self.options(originals, &random)
        case .run: Self.run(originals, &random)
        case .staged: Self.staged(originals, &random)
        case .hosts: Self.hosts(originals, &random)
        }
    }

    /// What stands where a file is expected.
    static func oddEntry(_ bytes: [UInt8], _ random: inout FuzzRandom) -> Trial.Entry {
        switch random.below(9) {
        case 0: .pipe
        case 1: .folder
        case 2: .link("/dev/zero")
        case 3: .link("/dev/null")
        case 4: .link("/dev/full")
        case 5: .link("missing")
        case 6: .link("/proc/self/mem")
        case 7: .hole(bytes, size: 40 << 30)
        default: .bytes([])
        }
    }
}

/// A file with a change in it, as disks or forgers make them.
struct ChangedFile {
    var bytes: [UInt8]
    var log: [String] = []
    /// Whether checksums were made right after the change.
    var isForged = false

    /// - Parameter map: of the content without its seal.
    static func hdf5(
        _ original: [UInt8], _ map: HDF5Map, other: [UInt8], _ random: inout FuzzRandom
    ) -> ChangedFile {
        var changed = ChangedFile(bytes: original)
        let (content, seal) = Seals.split(original)
        let mode = random.below(10)
        // 0–2: as it comes. 3–4: without seal. 5–9: with a right one.
        if mode >= 3 { changed.bytes = content }
        ByteMutator(focus: map.focus, keepsLength: mode >= 3 && random.chance(80))(
            &changed.bytes, other: other, &random, log: &changed.log)
        guard mode >= 3 else { return changed }
        changed.isForged = true
        if random.chance(85) {
            map.forge(&changed.bytes)
            changed.log.append("checksums of the structures made right")
        }
        if mode >= 5, let seal {
            changed.bytes = Seals.sealed(changed.bytes, seal)
            changed.log.append("sealed anew")
        } else if seal != nil {
            changed.log.append("without its seal")
        }
        return changed
    }
}
