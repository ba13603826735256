package node

import (
	"fmt"
	"slices"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
)

// BecomeForeign makes the machine the only node of a cluster that nobody has the secrets of, and boots it.
func (m *Machine) BecomeForeign() error {
	contract, err := config.ParseContractFromVersion(m.View().Talos)
	if err != nil {
		return fmt.Errorf("version of Talos: %w", err)
	}

	bundle, err := secrets.NewBundle(secrets.NewFixedClock(time.Now()), contract)
	if err != nil {
		return fmt.Errorf("secrets: %w", err)
	}

	input, err := generate.NewInput("foreign", fmt.Sprintf("https://%s:%d", m.address, m.spec.KubePort), "1.34.0",
		generate.WithVersionContract(contract), generate.WithSecretsBundle(bundle), generate.WithInstallDisk("/dev/sda"))
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}

	cfg, err := input.Config(machine.TypeControlPlane)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}

	m.busy.Lock()
	defer m.busy.Unlock()
	m.down()

	m.mu.Lock()
	running := m.booted
	m.installed, m.config = &running, cfg
	m.mu.Unlock()

	if err = m.boot(); err != nil {
		return err
	}

	return m.world.cluster(cfg.Cluster().ID()).bootstrap(m)
}

// Remove takes a machine that is off out of the world. What it was a member of still counts it.
func (m *Machine) Remove() {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()

	m.world.machines = slices.DeleteFunc(m.world.machines, func(other *Machine) bool { return other == m })
}
