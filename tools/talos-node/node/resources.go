package node

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	"github.com/cosi-project/runtime/pkg/state/registry"
	"github.com/siderolabs/talos/pkg/machinery/extensions"
	"github.com/siderolabs/talos/pkg/machinery/nethelpers"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	discovery "github.com/siderolabs/talos/pkg/machinery/resources/cluster"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/etcd"
	"github.com/siderolabs/talos/pkg/machinery/resources/hardware"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
)

// schematicExtension is the name under which the image factory records what it was asked for.
const schematicExtension = "schematic"

// definitions are the types that the API of a machine knows.
func definitions() []meta.ResourceWithRD {
	return []meta.ResourceWithRD{
		&block.Disk{}, &block.SystemDisk{}, &discovery.Config{}, &discovery.Identity{}, &config.MachineConfig{}, &etcd.Member{},
		&hardware.MemoryModule{}, &hardware.Processor{}, &k8s.NodeIP{}, &k8s.Nodename{}, &network.HostnameStatus{},
		&network.LinkStatus{}, &network.NodeAddress{}, &network.RouteStatus{}, &runtime.Diagnostic{}, &runtime.ExtensionStatus{},
		&runtime.KernelCmdline{}, &runtime.MachineStatus{}, &runtime.MetaKey{}, &runtime.PlatformMetadata{},
		&runtime.SecurityState{},
	}
}

// publishAll makes the resources of a machine that has just booted.
func (m *Machine) publishAll() error {
	ctx := context.Background()
	st := state.WrapCore(namespaced.NewState(inmem.Build))

	if err := registry.NewNamespaceRegistry(st).RegisterDefault(ctx); err != nil {
		return fmt.Errorf("namespaces: %w", err)
	}

	known := registry.NewResourceRegistry(st)
	if err := known.RegisterDefault(ctx); err != nil {
		return fmt.Errorf("definitions: %w", err)
	}

	for _, definition := range definitions() {
		if err := known.Register(ctx, definition); err != nil {
			return fmt.Errorf("definition: %w", err)
		}
	}

	m.mu.Lock()
	m.state = st
	resources := append(m.hardware(), m.software()...)
	m.mu.Unlock()

	for _, res := range resources {
		if err := st.Create(ctx, res); err != nil {
			return fmt.Errorf("create %s: %w", res.Metadata(), err)
		}
	}

	return nil
}

// hardware does not depend on the configuration. The caller holds `mu`.
func (m *Machine) hardware() []resource.Resource {
	processor := hardware.NewProcessorInfo("CPU-0")
	*processor.TypedSpec() = hardware.ProcessorSpec{Manufacturer: "QEMU", CoreCount: 4, ThreadCount: 4, MaxSpeed: 2000}

	memory := hardware.NewMemoryModuleInfo("DIMM-0")
	*memory.TypedSpec() = hardware.MemoryModuleSpec{Size: 8192, Manufacturer: "QEMU"}

	platform := runtime.NewPlatformMetadataSpec(runtime.NamespaceName, runtime.PlatformMetadataID)
	*platform.TypedSpec() = runtime.PlatformMetadataSpec{Platform: "nocloud", Hostname: m.spec.Hostname}

	cmdline := runtime.NewKernelCmdline()
	cmdline.TypedSpec().Cmdline = "talos.platform=nocloud " + strings.Join(m.spec.KernelArgs, " ")

	security := runtime.NewSecurityStateSpec(runtime.NamespaceName)
	resources := []resource.Resource{processor, memory, platform, cmdline, security}

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

	for _, name := range m.spec.Disks {
		disk := block.NewDisk(block.NamespaceName, strings.TrimPrefix(name, "/dev/"))
		disk.TypedSpec().DevPath, disk.TypedSpec().Transport = name, "virtio"
		disk.TypedSpec().SetSize(50 << 30)
		resources = append(resources, disk)
	}

	return resources
}

// software depends on what is booted and configured. The caller holds `mu`.
func (m *Machine) software() []resource.Resource {
	status := runtime.NewMachineStatus()
	status.TypedSpec().Stage, status.TypedSpec().Status.Ready = m.stage, m.ready

	host := network.NewHostnameStatus(network.NamespaceName, network.HostnameID)
	host.TypedSpec().Hostname = m.hostname()

	resources := []resource.Resource{status, host}
	addresses := []netip.Prefix{netip.PrefixFrom(m.address, 64)}

	for _, text := range m.spec.Addresses {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			addresses = append(addresses, prefix)
		}
	}

	current := network.NodeAddressCurrentID
	for _, id := range []string{current, network.FilteredNodeAddressID(current, k8s.NodeAddressFilterNoK8s)} {
		address := network.NewNodeAddress(network.NamespaceName, id)
		address.TypedSpec().Addresses = addresses
		resources = append(resources, address)
	}

	resources = append(resources, m.extensionStatuses()...)

	for key, value := range m.meta {
		entry := runtime.NewMetaKey(runtime.NamespaceName, runtime.MetaKeyTagToID(key))
		entry.TypedSpec().Value = value
		resources = append(resources, entry)
	}

	if m.installed != nil && len(m.spec.Disks) > 0 {
		disk := block.NewSystemDisk(block.NamespaceName, block.SystemDiskID)
		disk.TypedSpec().DevPath = m.spec.Disks[0]
		disk.TypedSpec().DiskID = strings.TrimPrefix(m.spec.Disks[0], "/dev/")
		resources = append(resources, disk)
	}

	if m.config == nil {
		return resources
	}

	identity := discovery.NewIdentity(discovery.NamespaceName, discovery.LocalIdentity)
	identity.TypedSpec().NodeID = "node-" + m.spec.ID

	nodename := k8s.NewNodename(k8s.NamespaceName, k8s.NodenameID)
	nodename.TypedSpec().Nodename = m.hostname()

	ip := k8s.NewNodeIP(k8s.NamespaceName, k8s.KubeletID)
	for _, address := range addresses[1:] {
		ip.TypedSpec().Addresses = append(ip.TypedSpec().Addresses, address.Addr())
	}

	// Without a discovery service: there is none that could be asked.
	service := discovery.NewConfig(config.NamespaceName, discovery.ConfigID)

	return append(resources, identity, nodename, ip, service, config.NewMachineConfig(m.config))
}

// extensionStatuses are what the image was built with. The caller holds `mu`.
func (m *Machine) extensionStatuses() []resource.Resource {
	built, ok := m.world.Schematic(m.booted.schematic)
	if !ok {
		return nil
	}

	entries := make([]extensions.Metadata, 0, len(built.Customization.SystemExtensions.OfficialExtensions)+1)
	for _, name := range built.Customization.SystemExtensions.OfficialExtensions {
		entries = append(entries, extensions.Metadata{Name: strings.TrimPrefix(name, "siderolabs/"), Version: "1.0.0"})
	}

	record := extensions.Metadata{Name: schematicExtension, Version: m.booted.schematic}
	if raw, err := built.Marshal(); err == nil {
		record.ExtraInfo = string(raw)
	}

	entries = append(entries, record)
	resources := make([]resource.Resource, 0, len(entries))

	for index, entry := range entries {
		status := runtime.NewExtensionStatus(runtime.NamespaceName, fmt.Sprint(index))
		status.TypedSpec().Metadata = entry
		resources = append(resources, status)
	}

	return resources
}

func (m *Machine) publishStatus() {
	m.mu.Lock()
	stage, ready := m.stage, m.ready
	m.mu.Unlock()

	update(m, runtime.NewMachineStatus(), func(res *runtime.MachineStatus) {
		res.TypedSpec().Stage, res.TypedSpec().Status.Ready = stage, ready
	})
}

// publishConfig shows a configuration that was taken without a reboot.
func (m *Machine) publishConfig() {
	ctx := context.Background()

	m.mu.Lock()
	st, applied, name := m.state, config.NewMachineConfig(m.config), m.hostname()
	m.mu.Unlock()

	_ = st.Destroy(ctx, applied.Metadata())
	_ = st.Create(ctx, applied)

	update(m, network.NewHostnameStatus(network.NamespaceName, network.HostnameID),
		func(res *network.HostnameStatus) { res.TypedSpec().Hostname = name })
	update(m, k8s.NewNodename(k8s.NamespaceName, k8s.NodenameID),
		func(res *k8s.Nodename) { res.TypedSpec().Nodename = name })
}

func (m *Machine) publishMember(id uint64) {
	m.mu.Lock()
	st := m.state
	m.mu.Unlock()

	member := etcd.NewMember(etcd.NamespaceName, etcd.LocalMemberID)
	member.TypedSpec().MemberID = etcd.FormatMemberID(id)
	_ = st.Create(context.Background(), member)
}

// update changes a resource that is there. What is not, because the machine has just gone down, needs no change.
func update[R resource.Resource](m *Machine, which R, change func(R)) {
	m.mu.Lock()
	st := m.state
	m.mu.Unlock()

	ctx := context.Background()

	current, err := st.Get(ctx, which.Metadata())
	if err != nil {
		return
	}

	changed, ok := current.DeepCopy().(R)
	if !ok {
		return
	}

	change(changed)

	_ = st.Update(ctx, changed)
}
