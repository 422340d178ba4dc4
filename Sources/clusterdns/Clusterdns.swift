import ArgumentParser
import Diagnosis
import Glibc

/// The command line. Each subcommand is a file of its own.
@main
struct Clusterdns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: Invocation.name,
        abstract: "DNS for the Services of a Kubernetes cluster, and the reasons why a name does not resolve.",
        subcommands: [
            ServeCommand.self, LookupCommand.self, DiagnoseCommand.self, RecordsCommand.self, CheckCommand.self,
            TapCommand.self, TopCommand.self,
        ])

    /// The command line; one that begins with a flag, as a CoreDNS container's arguments do, is `serve`'s.
    private static var arguments: [String] {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let first = arguments.first, first.hasPrefix("-"), !["-h", "-help", "--help"].contains(first) else {
            return arguments
        }
        return ["serve"] + arguments
    }

    /// Runs the command; every wrong usage, also what ArgumentParser finds (which would be 64), ends with 2 and one line.
    static func main() {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch let error as AdminUnreachable {
            complain("\(error)")
            Glibc.exit(AdminUnreachable.exitCode)
        } catch {
            let code = exitCode(for: error)
            if code.isSuccess {
                print(asTyped(fullMessage(for: error)))
                Glibc.exit(0)
            }
            let message = message(for: error)
            complain(message.isEmpty ? "wrong usage; --help shows it" : message)
            Glibc.exit(error is UsageError || code == .validationFailure ? 2 : code.rawValue)
        }
    }
}

/// A text that shows commands, with the name under which they are run.
private func asTyped(_ text: String) -> String {
    Invocation.isPlugin ? text.replacing("clusterdns ", with: "\(Invocation.name) ") : text
}

/// A line on stderr.
func complain(_ message: String) {
    let line = "\(Invocation.name): \(message)\n"
    fflush(nil)
    _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
}

/// A result on stdout, there at once.
func show(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
}
