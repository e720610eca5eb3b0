/// Short texts for numbers that people read.
public enum NumberText {
    /// A number with that many decimals: `fixed(3.14159, 2)` is "3.14"; "nan" and "inf" as such.
    public static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 9e15 else { return "\(value)" }
        let digits = "\(Int(scaled))"
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + padded }
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    /// Three or four significant digits, fixed where that is short: "0.0123", "12.3", "1.23e-05".
    public static func short(_ value: Double) -> String {
        let size = abs(value)
        guard value.isFinite, size > 0 else { return fixed(value, 0) }
        if size >= 1e6 || size < 1e-3 {
            var exponent = 0
            var mantissa = value
            while abs(mantissa) >= 9.995 {
                mantissa /= 10
                exponent += 1
            }
            while abs(mantissa) < 0.9995 {
                mantissa *= 10
                exponent -= 1
            }
            return "\(fixed(mantissa, 2))e\(exponent)"
        }
        return fixed(value, size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4)
    }

    /// At most three decimals, and none that are zero: "2", "0.25", "1024".
    public static func plain(_ value: Double) -> String {
        var text = fixed(value, 3)
        guard text.contains(".") else { return text }
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// Hours, minutes and seconds: "42s", "3m 05s", "2h 07m", "3d 04h".
    public static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e10 else { return "-" }
        let whole = Int(seconds.rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch whole {
        case ..<60: return "\(whole)s"
        case ..<3600: return "\(whole / 60)m \(two(whole % 60))s"
        case ..<86_400: return "\(whole / 3600)h \(two(whole / 60 % 60))m"
        default: return "\(whole / 86_400)d \(two(whole / 3600 % 24))h"
        }
    }

    /// Mebibytes or gibibytes: "512 MB", "1.5 GB".
    public static func memory(_ bytes: Int) -> String {
        let megabytes = Double(bytes) / 1_048_576
        return megabytes < 1024 ? "\(fixed(megabytes, 0)) MB" : "\(fixed(megabytes / 1024, 1)) GB"
    }

    /// Digits in groups of three: "1 234 567".
    public static func grouped(_ number: Int) -> String {
        let digits = "\(number.magnitude)"
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += " " }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }
}
