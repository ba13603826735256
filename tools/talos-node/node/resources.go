package node

import (
	"context"
	"fmt"
	"strings"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	"github.com/cosi-project/runtime/pkg/state/registry"
	machineconfig "github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"github.com/siderolabs/talos/pkg/machinery/extensions"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	discovery "github.com/siderolabs/talos/pkg/machinery/resources/cluster"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/etcd"
	"github.com/siderolabs/talos/pkg/machinery/resources/hardware"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"github.com/siderolabs/talos/pkg/machinery/resources/time"
)

// schematicExtension is the name under which the image factory records what it was asked for.
const schematicExtension = "schematic"

// definitions are the types that the API of a machine knows.
func definitions() []meta.ResourceWithRD {
	return []meta.ResourceWithRD{
		&block.Disk{}, &block.SystemDisk{}, &block.VolumeStatus{}, &discovery.Config{}, &discovery.Identity{}, &discovery.Member{},
		&config.MachineConfig{}, &config.MachineType{}, &etcd.Member{}, &hardware.MemoryModule{}, &hardware.Processor{},
		&hardware.SystemInformation{}, &k8s.BootstrapManifestsConfig{}, &k8s.KubeletSpec{}, &k8s.NodeIP{}, &k8s.Nodename{}, &k8s.StaticPodStatus{},
		&network.AddressStatus{}, &network.HostnameStatus{}, &network.LinkStatus{}, &network.NodeAddress{}, &network.RouteStatus{},
		&runtime.Diagnostic{}, &runtime.ExtensionStatus{}, &runtime.KernelCmdline{}, &runtime.MachineStatus{}, &runtime.MetaKey{},
		&runtime.PlatformMetadata{}, &runtime.SecurityState{}, &runtime.Version{}, &time.Status{},
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
	system := hardware.NewSystemInformation(hardware.SystemInformationID)
	*system.TypedSpec() = hardware.SystemInformationSpec{
		Manufacturer: "QEMU", ProductName: "Standard PC (Q35 + ICH9, 2009)", UUID: strings.ToLower(m.spec.ID),
	}

	processor := hardware.NewProcessorInfo("CPU-0")
	*processor.TypedSpec() = hardware.ProcessorSpec{
		Manufacturer: "QEMU", CoreCount: m.spec.Cores, ThreadCount: m.spec.Cores, MaxSpeed: 2000,
	}

	memory := hardware.NewMemoryModuleInfo("DIMM-0")
	*memory.TypedSpec() = hardware.MemoryModuleSpec{Size: m.spec.MemoryMB, Manufacturer: "QEMU"}

	platform := runtime.NewPlatformMetadataSpec(runtime.NamespaceName, runtime.PlatformMetadataID)
	*platform.TypedSpec() = runtime.PlatformMetadataSpec{Platform: "nocloud", Hostname: m.spec.Hostname}

	cmdline := runtime.NewKernelCmdline()
	cmdline.TypedSpec().Cmdline = "talos.platform=nocloud " + strings.Join(m.spec.KernelArgs, " ")

	security := runtime.NewSecurityStateSpec(runtime.NamespaceName)
	resources := append([]resource.Resource{system, processor, memory, platform, cmdline, security}, m.links()...)

	for _, own := range m.spec.Disks {
		disk := block.NewDisk(block.NamespaceName, own.id())
		disk.TypedSpec().DevPath, disk.TypedSpec().Transport, disk.TypedSpec().Serial = own.Name, "virtio", own.Serial
		disk.TypedSpec().SetSize(own.size())
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

	version := runtime.NewVersion()
	version.TypedSpec().Name, version.TypedSpec().Version = "Talos", m.booted.version

	synced := time.NewStatus()
	synced.TypedSpec().Synced = true

	resources := append([]resource.Resource{status, host, version, synced}, m.addresses()...)
	resources = append(resources, m.extensionStatuses()...)

	for key, value := range m.meta {
		entry := runtime.NewMetaKey(runtime.NamespaceName, runtime.MetaKeyTagToID(key))
		entry.TypedSpec().Value = value
		resources = append(resources, entry)
	}

	resources = append(resources, m.volumes()...)

	if m.config == nil {
		return resources
	}

	identity := discovery.NewIdentity(discovery.NamespaceName, discovery.LocalIdentity)
	identity.TypedSpec().NodeID = m.nodeID()

	nodename := k8s.NewNodename(k8s.NamespaceName, k8s.NodenameID)
	nodename.TypedSpec().Nodename = m.hostname()

	ip := k8s.NewNodeIP(k8s.NamespaceName, k8s.KubeletID)
	for _, prefix := range m.prefixes() {
		ip.TypedSpec().Addresses = append(ip.TypedSpec().Addresses, prefix.Addr())
	}

	kubelet := k8s.NewKubeletSpec(k8s.NamespaceName, k8s.KubeletID)
	kubelet.TypedSpec().Image, kubelet.TypedSpec().ExpectedNodename = m.config.Machine().Kubelet().Image(), m.hostname()

	machineType := config.NewMachineType()
	machineType.SetMachineType(m.config.Machine().Type())

	// Without a discovery service: there is none that could be asked.
	service := discovery.NewConfig(config.NamespaceName, discovery.ConfigID)

	if m.config.Machine().Type().IsControlPlane() {
		resources = append(resources, manifests(m.config))
	}

	return append(resources, identity, nodename, ip, kubelet, machineType, service, config.NewMachineConfig(m.config))
}

// manifests are what a control plane brings into Kubernetes by itself.
func manifests(cfg machineconfig.Provider) resource.Resource {
	network, proxy, dns := cfg.Cluster().Network(), cfg.Cluster().Proxy(), cfg.Cluster().CoreDNS()
	made := k8s.NewBootstrapManifestsConfig()
	*made.TypedSpec() = k8s.BootstrapManifestsConfigSpec{
		Server: cfg.Cluster().Endpoint().String(), ClusterDomain: network.DNSDomain(), PodCIDRs: network.PodCIDRs(),
		ProxyEnabled: proxy.Enabled(), ProxyImage: proxy.Image(), CoreDNSEnabled: dns.Enabled(), CoreDNSImage: dns.Image(),
		FlannelEnabled: network.CNI().Name() == constants.FlannelCNI, CNIName: network.CNI().Name(),
	}

	return made
}

func (m *Machine) nodeID() string { return "node-" + m.spec.ID }

// volumes are there as soon as the machine is installed. The caller holds `mu`.
func (m *Machine) volumes() []resource.Resource {
	if m.installed == nil || len(m.spec.Disks) == 0 {
		return nil
	}

	first := m.spec.Disks[0]
	disk := block.NewSystemDisk(block.NamespaceName, block.SystemDiskID)
	disk.TypedSpec().DevPath, disk.TypedSpec().DiskID = first.Name, first.id()
	resources := []resource.Resource{disk}
	rest := first.size()

	for _, size := range partitions {
		rest -= min(rest, size)
	}

	for label, size := range partitions {
		if size == 0 {
			size = rest
		}

		volume := block.NewVolumeStatus(block.NamespaceName, label)
		spec := volume.TypedSpec()
		spec.Phase, spec.Type, spec.ParentLocation, spec.Location = block.VolumePhaseReady, block.VolumeTypePartition, first.Name, first.Name
		spec.SetSize(size)
		resources = append(resources, volume)
	}

	return resources
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
	image := m.config.Machine().Kubelet().Image()
	m.mu.Unlock()

	_ = st.Destroy(ctx, applied.Metadata())
	_ = st.Create(ctx, applied)

	update(m, network.NewHostnameStatus(network.NamespaceName, network.HostnameID),
		func(res *network.HostnameStatus) { res.TypedSpec().Hostname = name })
	update(m, k8s.NewNodename(k8s.NamespaceName, k8s.NodenameID),
		func(res *k8s.Nodename) { res.TypedSpec().Nodename = name })
	update(m, k8s.NewKubeletSpec(k8s.NamespaceName, k8s.KubeletID),
		func(res *k8s.KubeletSpec) {
			res.TypedSpec().Image, res.TypedSpec().ExpectedNodename = image, name
		})
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
