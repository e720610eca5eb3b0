extension Configuration {
    /// The key that was probably meant: the nearest by edits, or the only one with that last part.
    static func nearestKey(to path: String) -> String? {
        let wanted = path.lowercased()
        let last = wanted.split(separator: ".").last.map(String.init) ?? wanted
        let scored = keys.map { key in
            let ending = key.path.split(separator: ".").last.map(String.init) ?? key.path
            let whole = editDistance(wanted, key.path)
            // A right name in the wrong section, or without one, costs little.
            return (key.path, min(whole, editDistance(last, ending) + (ending.count > 3 ? 1 : 2)))
        }
        guard let best = scored.min(by: { $0.1 < $1.1 }) else { return nil }
        return best.1 <= max(2, last.count / 3) ? best.0 : nil
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
    static func editDistance(_ a: String, _ b: String) -> Int {
        let a = Array(a)
        let b = Array(b)
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var table = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
        for i in 0...a.count { table[i][0] = i }
        for j in 0...b.count { table[0][j] = j }
        for i in 1...a.count {
            for j in 1...b.count {
                let replaced = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                table[i][j] = min(replaced, table[i - 1][j] + 1, table[i][j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
                }
            }
        }
        return table[a.count][b.count]
    }
}
