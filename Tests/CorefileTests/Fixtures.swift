import Foundation

@testable import Corefile

/// The Corefiles that distributions ship, written from what their sources say of them.
enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

    static let names = [
        "addons", "aks", "aks-localdns", "eks", "gardener", "helm", "k3s", "kops", "kubeadm", "kubespray", "microshift",
        "minikube", "nodelocal", "openshift", "talos",
    ]

    static func path(_ name: String) -> String { "\(folder)/\(name)/Corefile" }

    static func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    static func load(_ name: String) throws -> Corefile { try Corefile.load(path: path(name), environment: [:]) }
}
