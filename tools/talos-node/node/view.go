package node

import "slices"

// View is a machine as a test sees it.
type View struct {
	ID         string   `json:"id"`
	Address    string   `json:"address"`
	Stage      string   `json:"stage"`
	Ready      bool     `json:"ready"`
	Powered    bool     `json:"powered"`
	Installed  bool     `json:"installed"`
	Talos      string   `json:"talos"`
	Extensions []string `json:"extensions"`
	Hostname   string   `json:"hostname"`
	// BootID is another after each boot.
	BootID string `json:"bootId"`
	// Config as it was applied; "" in maintenance.
	Config string `json:"config"`
}

// View says how the machine is now.
func (m *Machine) View() View {
	m.mu.Lock()
	defer m.mu.Unlock()

	s, _ := m.world.Schematic(m.booted.schematic)
	view := View{
		ID: m.spec.ID, Address: m.address.String(), Stage: m.stage.String(), Ready: m.ready, Powered: m.powered,
		Installed: m.installed != nil, Talos: m.booted.version, Hostname: m.hostname(), BootID: m.bootID,
		Extensions: s.Customization.SystemExtensions.OfficialExtensions,
	}

	if m.config != nil {
		if data, err := m.config.Bytes(); err == nil {
			view.Config = string(data)
		}
	}

	return view
}

// Calls are all requests that the machine has answered, oldest first.
func (m *Machine) Calls() []Call {
	m.mu.Lock()
	defer m.mu.Unlock()

	return slices.Clone(m.calls)
}
