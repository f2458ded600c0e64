import Glibc

/// How many files and connections this process may have open.
enum OpenFiles {
    /// Raises the soft limit to the hard one: ten thousand agents keep a connection each, and a thousand is the usual
    /// soft limit. A refusal changes nothing.
    static func allowMost() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
