import Failure
import Reporting

/// The bandwidth of a link, written as `tc` writes it: 500mbit, 2.5gbit, none.
public struct LinkRate: Sendable {
    /// Nil where nothing limits it.
    public let gigabitsPerSecond: Double?

    /// Nil where the text is no rate.
    public init?(argument: String) {
        let text = argument.lowercased()
        guard text != "none" else {
            gigabitsPerSecond = nil
            return
        }
        let units: [(suffix: String, gigabits: Double)] = [("gbit", 1), ("mbit", 1e-3), ("kbit", 1e-6)]
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
            let number = Double(text.dropLast(unit.suffix.count)), number > 0, number.isFinite
        else { return nil }
        gigabitsPerSecond = number * unit.gigabits
    }

    /// "2 Gbit/s", "200 Mbit/s", "no limit".
    public static func text(_ gigabitsPerSecond: Double?) -> String {
        guard let rate = gigabitsPerSecond else { return "no limit" }
        return rate >= 1 ? NumberText.plain(rate) + " Gbit/s" : NumberText.plain(rate * 1000) + " Mbit/s"
    }

    /// Reads rates separated by commas, as gigabits a second.
    public static func list(_ text: String) throws(UsageError) -> [Double] {
        var rates: [Double] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let rate = LinkRate(argument: String(word))?.gigabitsPerSecond else {
                throw UsageError("--rates: found '\(word)', expected some such as 500mbit,10gbit")
            }
            rates.append(rate)
        }
        return rates
    }
}
