/// What the channels of samples are called, and what they are measured in.
struct FieldNames {
    /// A channel, or one of the numbers beside samples.
    struct Entry {
        let name: String
        let key: String
        /// What the file tells; empty where it tells none.
        let unit: String
        /// Of the array, for messages.
        let place: String

        /// With what unit and curve the options give it; the curve is not fitted yet.
        ///
        /// - Throws: ``DatasetError`` (65) where the file tells a unit that is no unit.
        func channel(_ options: FieldOptions, common: ChannelTransform.Curve) throws -> SampleFormat.Channel {
            let asked = options.units[name] ?? options.units[key] ?? options.units[""]
            guard asked != nil || unit.utf8.count <= SampleFormat.longestName else {
                throw DatasetError.badData(
                    "\(place): its unit has \(unit.utf8.count) bytes, expected at most \(SampleFormat.longestName). Give "
                        + "--unit")
            }
            return SampleFormat.Channel(
                name: name, unit: asked ?? unit,
                transform: ChannelTransform(curve: options.transforms.curve(of: name, key: key, otherwise: common)))
        }
    }

    private(set) var entries: [Entry] = []

    /// - Parameters:
    ///   - names: in place of those that keys tell; none for those.
    ///   - source: what a source of one array without a name is called.
    /// - Throws: ``DatasetError`` (64) where they are not as many as channels, or one is given twice.
    init(_ readers: [FieldReader], names: [String], source: String) throws {
        let keys = readers.map { $0.array.key.isEmpty ? source : $0.array.key }
        let shorts = keys.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        let isClear = Set(shorts).count == shorts.count
        for (index, reader) in readers.enumerated() {
            let base = isClear ? shorts[index] : keys[index]
            let (told, units) = (reader.toldNames, reader.toldUnits)
            let channels = reader.shape.channels
            for channel in 0..<channels {
                let name = !told.isEmpty ? told[channel] : channels == 1 ? base : "\(base) \(channel)"
                entries.append(
                    Entry(name: name, key: keys[index], unit: units[channel], place: reader.array.place))
            }
        }
        if !names.isEmpty {
            guard names.count == entries.count else {
                throw DatasetError.usage("--names: \(names.count) names for \(entries.count) channels")
            }
            entries = zip(names, entries).map { Entry(name: $0, key: $1.key, unit: $1.unit, place: $1.place) }
        }
        if let name = entries.first(where: { entry in entries.filter { $0.name == entry.name }.count > 1 })?.name {
            throw DatasetError.usage("two channels are called \(name). Give --names, one for each channel")
        }
        if let name = entries.first(where: { $0.name.isEmpty || $0.name.utf8.count > SampleFormat.longestName })?.name {
            throw DatasetError.badData(
                "a channel's name has \(name.utf8.count) bytes, expected 1 to \(SampleFormat.longestName). Give --names"
            )
        }
        guard entries.count <= SampleFormat.mostChannels else {
            throw DatasetError.usage("\(entries.count) channels, expected at most \(SampleFormat.mostChannels)")
        }
    }

    /// - Throws: ``DatasetError`` (64) where options name what there is not.
    static func check(_ options: FieldOptions, known: [Entry]) throws {
        let names = Set(known.map(\.name) + known.map(\.key))
        let asked = [
            ("--transform", options.transforms.named.keys.sorted()),
            ("--unit", options.units.keys.filter { !$0.isEmpty }.sorted()),
        ]
        for (option, list) in asked {
            if let name = list.first(where: { !names.contains($0) }) {
                throw DatasetError.usage(
                    "\(option) \(name)=…: there is no such channel or condition, expected one of "
                        + known.map(\.name).joined(separator: ", "))
            }
        }
    }
}
