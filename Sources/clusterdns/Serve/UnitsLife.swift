import Logging

extension Units {
    /// Some of a deployment's units: those that have just begun, or are to end.
    struct Begun: Sendable {
        fileprivate let kubernetes: [KubernetesUnit]
        fileprivate let files: [FileUnit]
        fileprivate let hosts: [HostsUnit]
        fileprivate let forwards: [ForwardUnit]
        fileprivate let weights: [WeightsUnit]

        /// Follows from now on what changes.
        /// - Throws: `FileWatchError`.
        func start() throws {
            for unit in files { try unit.start() }
            for unit in hosts { try unit.start() }
            for unit in forwards { unit.start() }
            for unit in weights { unit.start() }
            for unit in kubernetes { unit.start() }
        }

        /// A registry that is read anew is waited for, half a minute at most: what is in force goes on meanwhile.
        /// - Throws: `CancellationError`.
        func wait() async throws {
            let end = ContinuousClock.now + .seconds(30)
            while !kubernetes.allSatisfy(\.isSynced), ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        /// The registries' sources end, with what they keep written; what is known goes on being served.
        func stopReading() async {
            for unit in kubernetes { await unit.stop() }
        }

        /// Nothing is followed any more; what is known goes on being served.
        func stop() async {
            for unit in forwards { unit.stop() }
            for unit in weights { unit.stop() }
            for unit in hosts { unit.stop() }
            for unit in files { unit.stop() }
            await stopReading()
        }

        /// Takes everything out of the table.
        func remove() {
            for unit in hosts { unit.remove() }
            for unit in files { unit.remove() }
            for unit in kubernetes { unit.remove() }
        }
    }

    /// Those that another deployment does not have; all where there is none.
    func beside(_ other: Units?) -> Begun {
        Begun(
            kubernetes: kubernetes.filter { other?.kubernetes[$0.key] == nil }.map(\.value),
            files: files.filter { other?.files[$0.key] == nil }.map(\.value),
            hosts: hosts.filter { other?.hosts[$0.key] == nil }.map(\.value),
            forwards: forwards.filter { other?.forwards[$0.key] == nil }.map(\.value),
            weights: weights.filter { other?.weights[$0.key] == nil }.map(\.value))
    }

    /// Begins what an older deployment does not have: what is known without waiting is there to be asked.
    func begin(beside old: Units?) -> Begun {
        let begun = beside(old)
        for unit in begun.files { unit.load() }
        for unit in begun.kubernetes { unit.begin() }
        return begun
    }
}
