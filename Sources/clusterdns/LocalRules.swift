import Diagnosis
import Foundation
import Threads

/// What the rule tools of this machine say.
enum LocalRules {
    /// A program's output; nil where it is not there, fails, or says nothing.
    static func output(of program: String, _ arguments: [String]) -> TextInput? {
        var environment = ProcessInfo.processInfo.environment
        // Administrators' programs are often missing from the path of a shell without a login.
        environment["PATH", default: "/usr/bin:/bin"] += ":/usr/sbin:/sbin"
        for folder in environment["PATH"]!.split(separator: ":") where access("\(folder)/\(program)", X_OK) == 0 {
            let octets = try? ChildProcess.output(
                of: "\(folder)/\(program)", arguments, environment: environment, timeout: .seconds(30),
                limit: DiagnoseInputs.largestInput)
            guard let octets, !octets.isEmpty else { return nil }
            return TextInput(
                file: ([program] + arguments).joined(separator: " "), text: String(decoding: octets, as: UTF8.self))
        }
        return nil
    }
}
