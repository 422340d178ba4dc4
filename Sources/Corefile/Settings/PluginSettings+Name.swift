extension PluginSettings {
    /// The plugin's name in a Corefile.
    package var name: String {
        switch self {
        case .k8sExternal: "k8s_external"
        default: String(describing: self).prefix { $0 != "(" }.description
        }
    }
}
