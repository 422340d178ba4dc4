/// Which clusterdns this is.
enum Build {
    static let version = "0.1.0"

    /// What compiled it, as Go's tools name theirs: `swift6.3`.
    static var compiler: String {
        #if compiler(>=6.4)
            "swift6.4+"
        #elseif compiler(>=6.3)
            "swift6.3"
        #else
            "swift6.2"
        #endif
    }
}
