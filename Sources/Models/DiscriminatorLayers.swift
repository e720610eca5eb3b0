import Layers

extension Discriminator {
    /// The trained parameters of each layer, from the image on in the order of computation; what hangs on the network beside
    /// its score is no part of it. A block's layers stand one by one. Only what takes part at this level counts.
    ///
    /// Transfer learning may freeze the first of them (FreezeD, arXiv 2002.10964; arXiv 2006.06676, section 4.2).
    public var layers: [(name: String, parameters: [String])] {
        let beside = [decoder?.places, labelDecoder?.places, regressionPlaces].compactMap { $0 }
        let active = activeParameters
        var layers: [(name: String, parameters: [String])] = []
        for (place, declaration) in declarations.enumerated()
        where active.contains(declaration.name) && !beside.contains(where: { $0.contains(place) }) {
            // `b32.conv0.weight`, `8x8/Conv0/bias`: a layer's name is all but the last part.
            let end = declaration.name.lastIndex { $0 == "." || $0 == "/" } ?? declaration.name.endIndex
            let name = declaration.layer ?? String(declaration.name[..<end])
            if layers.last?.name == name {
                layers[layers.count - 1].parameters.append(declaration.name)
            } else {
                layers.append((name, [declaration.name]))
            }
        }
        return layers
    }
}
