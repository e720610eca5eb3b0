/// What the channels of samples are called, and what they are measured in.
struct FieldNames {
    struct Entry {
        let name: String
        let key: String
        let unit: String
        /// Of the array, for messages.
        let place: String
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
            let told = reader.array.facts.channelNames
            let channels = reader.shape.channels
            for channel in 0..<channels {
                let name = told.count == channels ? told[channel] : channels == 1 ? base : "\(base) \(channel)"
                entries.append(
                    Entry(name: name, key: keys[index], unit: reader.toldUnits[channel], place: reader.array.place))
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
        if let name = entries.first(where: { $0.name.isEmpty || $0.name.utf8.count > Self.longest })?.name {
            throw DatasetError.badData(
                "a channel's name has \(name.utf8.count) bytes, expected 1 to \(Self.longest). Give --names")
        }
        guard entries.count <= SampleFormat.mostChannels else {
            throw DatasetError.usage("\(entries.count) channels, expected at most \(SampleFormat.mostChannels)")
        }
    }

    private static let longest = 200

    /// With what units and curves the options give them; curves are not fitted yet.
    ///
    /// - Throws: ``DatasetError`` (65) where a file tells a unit that is no unit.
    func channels(_ options: FieldOptions, common: ChannelTransform.Curve) throws -> [SampleFormat.Channel] {
        try entries.map { entry in
            let channel = Self.channel(entry.name, key: entry.key, unit: entry.unit, options, common: common)
            guard channel.unit != entry.unit || entry.unit.utf8.count <= Self.longest else {
                throw DatasetError.badData(
                    "\(entry.place): its unit has \(entry.unit.utf8.count) bytes, expected at most \(Self.longest). Give "
                        + "--unit")
            }
            return channel
        }
    }

    static func channel(
        _ name: String, key: String, unit: String, _ options: FieldOptions, common: ChannelTransform.Curve
    ) -> SampleFormat.Channel {
        SampleFormat.Channel(
            name: name, unit: options.units[name] ?? options.units[key] ?? options.units[""] ?? unit,
            transform: ChannelTransform(curve: options.transforms.curve(of: name, key: key, otherwise: common)))
    }

    /// - Throws: ``DatasetError`` (64) where options name what there is not.
    static func check(_ options: FieldOptions, known: [(name: String, key: String)]) throws {
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
