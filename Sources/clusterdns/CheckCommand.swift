import ArgumentParser
import Diagnosis

enum CheckFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong in Corefiles, manifests and zone files, with the place of each fault.",
        discussion: """
            Nothing is sent on the network. Each finding is a line that editors and CI understand:
              web.yaml:8:5: error MAN001: "nodePort:31000" is not a key: write "nodePort: 31000"

            Examples:
              clusterdns check --manifests deploy/
              clusterdns check --manifests deploy/ --strict --ignore MAN006
              clusterdns check --fix --manifests web.yaml > corrected.yaml
              clusterdns check --conf /etc/coredns/Corefile
              clusterdns check --zone-file example.com.zone -o json

            Exit status: 0 no error, 1 at least one error (with --strict also for a warning), 2 wrong usage or unreadable input.
            """)

    @OptionGroup var registry: RegistryOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Corefiles, with what they import and the zone files that they name.", valueName: "file"))
    var conf: [String] = []

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Zone files in master-file form.", valueName: "file"))
    var zoneFile: [String] = []

    @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
    var output = CheckFormat.text

    @Flag(help: "Warnings count as errors.")
    var strict = false

    @Flag(
        help: ArgumentHelp(
            "Print the manifests with what can be corrected corrected: removed Ingress versions, misplaced fields of ports, "
                + "missing spaces, the case of values, look-alike characters, tabs. What is left goes to standard error."
        ))
    var fix = false

    @OptionGroup var language: LanguageOption

    @Option(help: ArgumentHelp("A finding's code to leave out, or several between commas.", valueName: "code"))
    var ignore: [String] = []

    func run() throws {
        guard !registry.manifests.isEmpty || !zoneFile.isEmpty || !conf.isEmpty else {
            throw UsageError("no input: name files or folders with --conf, --manifests or --zone-file")
        }
        let ignored = Set(ignore.flatMap { $0.uppercased().split(separator: ",").map(String.init) })
        if fix {
            guard !registry.manifests.isEmpty, zoneFile.isEmpty, conf.isEmpty else {
                throw UsageError("--fix corrects manifests: name them with --manifests, and nothing else")
            }
            let fixing = CheckFix(language: language.chosen, ignored: ignored)
            throw ExitCode(try fixing.run(registry.manifests, strict: strict))
        }
        try requireReadable(zoneFile + conf)
        let loaded = try loadFindings(registry, zoneFiles: zoneFile, corefiles: conf)
        let report = CheckReport(
            findings: loaded.findings, files: loaded.files, objects: loaded.objects,
            ignoring: ignored)
        let language = language.chosen
        show(output == .json ? report.jsonText(in: language) : report.text(in: language))
        throw ExitCode(report.exitCode(strict: strict))
    }
}
