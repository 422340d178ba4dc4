/// A request that cannot be carried out as written: a wrong word, a wrong value, an input that cannot be read.
/// The command line prints the message as one line and exits with 2.
package struct UsageError: Error, Hashable, CustomStringConvertible {
    /// One sentence that quotes what is wrong.
    package var message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
