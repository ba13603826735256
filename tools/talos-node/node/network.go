package node

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/siderolabs/talos/pkg/machinery/nethelpers"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
)

// prefixes are all addresses of the machine, that at which it listens first.
func (m *Machine) prefixes() []netip.Prefix {
	var prefixes []netip.Prefix

	for _, text := range m.spec.Addresses {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			prefixes = append(prefixes, prefix)
		}
	}

	if index := slices.IndexFunc(prefixes, func(p netip.Prefix) bool { return p.Addr() == m.address }); index > 0 {
		prefixes[0], prefixes[index] = prefixes[index], prefixes[0]
	} else if index < 0 {
		prefixes = slices.Insert(prefixes, 0, netip.PrefixFrom(m.address, min(64, m.address.BitLen())))
	}

	return prefixes
}

// links are the physical network cards.
func (m *Machine) links() []resource.Resource {
	resources := make([]resource.Resource, 0, len(m.spec.Links))

	for index, link := range m.spec.Links {
		mac, err := net.ParseMAC(link.MAC)
		if err != nil {
			mac = nil
		}

		status := network.NewLinkStatus(network.NamespaceName, link.Name)
		*status.TypedSpec() = network.LinkStatusSpec{
			Index: uint32(index + 2), Type: nethelpers.LinkEther, HardwareAddr: nethelpers.HardwareAddr(mac),
			PermanentAddr: nethelpers.HardwareAddr(mac), LinkState: true, SpeedMegabits: 10000, MTU: 1500,
			OperationalState: nethelpers.OperStateUp,
		}
		resources = append(resources, status)
	}

	return resources
}

// addresses are all of the first card: nobody asks which of them it is.
func (m *Machine) addresses() []resource.Resource {
	var resources []resource.Resource

	prefixes := m.prefixes()

	current := network.NodeAddressCurrentID
	for _, id := range []string{current, network.FilteredNodeAddressID(current, k8s.NodeAddressFilterNoK8s)} {
		address := network.NewNodeAddress(network.NamespaceName, id)
		address.TypedSpec().Addresses = prefixes
		resources = append(resources, address)
	}

	if len(m.spec.Links) == 0 {
		return resources
	}

	link := m.spec.Links[0].Name

	for _, prefix := range prefixes {
		status := network.NewAddressStatus(network.NamespaceName, network.AddressID(link, prefix))
		*status.TypedSpec() = network.AddressStatusSpec{
			Address: prefix, LinkName: link, LinkIndex: 2, Family: familyOf(prefix.Addr()), Scope: nethelpers.ScopeGlobal,
		}
		resources = append(resources, status)
	}

	for _, text := range m.spec.Gateways {
		gateway, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}

		route := network.NewRouteStatus(network.NamespaceName, fmt.Sprintf("%s/%s//1024", link, gateway))
		*route.TypedSpec() = network.RouteStatusSpec{
			Family: familyOf(gateway), Gateway: gateway, OutLinkName: link, OutLinkIndex: 2, Table: nethelpers.TableMain, Priority: 1024,
			Scope: nethelpers.ScopeGlobal, Type: nethelpers.TypeUnicast, Protocol: nethelpers.ProtocolStatic,
		}
		resources = append(resources, route)
	}

	return resources
}

func familyOf(address netip.Addr) nethelpers.Family {
	if address.Is4() {
		return nethelpers.FamilyInet4
	}

	return nethelpers.FamilyInet6
}
