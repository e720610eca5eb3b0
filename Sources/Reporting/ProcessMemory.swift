#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory of this process and its node, and what it reads, from `/proc`; zero where the system has no such file.
public enum ProcessMemory {
    /// Bytes in physical memory now.
    public static var residentBytes: Int { bytes(of: "VmRSS", in: contents("/proc/self/status")) }
    /// The most so far.
    public static var peakResidentBytes: Int { bytes(of: "VmHWM", in: contents("/proc/self/status")) }
    /// Bytes that processes of this node can still have without swapping; zero where the system does not tell.
    public static var availableBytes: Int { bytes(of: "MemAvailable", in: contents("/proc/meminfo")) }

    /// Bytes that this process has had fetched from a disk so far; what the system still held does not count.
    public static var fetchedBytes: Int { bytes(of: "read_bytes", in: contents("/proc/self/io"), unit: 1) }

    /// The number of a line such as `VmRSS:     1234 kB`, in bytes.
    public static func bytes(of field: String, in status: String, unit: Int = 1024) -> Int {
        for line in status.split(separator: "\n") where line.hasPrefix(field + ":") {
            let words = line.dropFirst(field.count + 1).split(whereSeparator: \.isWhitespace)
            return (words.first.flatMap { Int($0) } ?? 0) * unit
        }
        return 0
    }

    private static func contents(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
    }
}
