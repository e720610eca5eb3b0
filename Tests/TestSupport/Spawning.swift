import Glibc

/// Starts a process that leads a group of its own, has no signals blocked or ignored, and reads from /dev/null.
///
/// - Parameters:
///   - arguments: the program, looked for in PATH, and its arguments, which the system ends at their first zero.
///   - environment: all of it.
///   - output: a file that standard output is appended to.
///   - errors: one for standard error; nil appends it to `output`.
public func spawn(
    _ arguments: [[UInt8]], environment: [String: String], output: String, errors: String? = nil
) throws -> pid_t {
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    if let errors {
        posix_spawn_file_actions_addopen(&files, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    } else {
        posix_spawn_file_actions_adddup2(&files, 1, 2)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    let words: [UnsafeMutablePointer<CChar>?] = arguments.map { bytes in
        strdup(bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0])
    }
    var argv = words + [nil]
    var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid = pid_t()
    let program = String(decoding: arguments[0], as: UTF8.self)
    let code = posix_spawnp(&pid, program, &files, &attributes, &argv, &envp)
    guard code == 0 else { throw ProcessError(description: "\(program): \(String(cString: strerror(code)))") }
    return pid
}
