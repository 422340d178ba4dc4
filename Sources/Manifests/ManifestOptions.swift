import NetworkAddress
import ServiceRegistry

/// What an API server would be told by its flags.
package struct ManifestOptions: Sendable {
    /// Where Services get their addresses: at most one block for each family, the primary family first. Empty: the
    /// default, and addresses elsewhere are no finding.
    package var serviceCIDRs: [CIDR]
    package var podCIDRs: [CIDR]

    /// kubeadm's (k/k cmd/kubeadm/app/apis/kubeadm/v1beta4, DefaultServicesSubnet).
    package static let defaultServiceCIDR = CIDR("10.96.0.0/12")!

    package init(serviceCIDRs: [CIDR] = [], podCIDRs: [CIDR] = []) {
        self.serviceCIDRs = serviceCIDRs
        self.podCIDRs = podCIDRs
    }

    var blocks: [CIDR] { serviceCIDRs.isEmpty ? [ManifestOptions.defaultServiceCIDR] : serviceCIDRs }
}
