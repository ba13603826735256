# Policies over synthesized stacks, for `npm run policy`. The input is a map: stack name → content of its cdk.tf.json.
# Your own go into files of the same package (`--policies <folder>`): `deny` fails a run, `warn` is only told, and `except` names
# what of the rules below does not hold: except contains {"rule": "tls-verified", "stack": "home", "resource": "pve1"}
package talos_proxmox

# Every VM with its stack and name.
vms contains {"stack": stack, "name": name, "vm": vm} if {
	some stack, content in input
	some name, vm in content.resource.proxmox_virtual_environment_vm
}

providers contains {"stack": stack, "provider": provider} if {
	some stack, content in input
	some provider in content.provider.proxmox
}

problem(rule, stack, resource, message) := {
	"rule": rule,
	"stack": stack,
	"resource": resource,
	"message": message,
}

# The certificate of a server is checked: otherwise anybody on the way can read the token.
deny contains problem("tls-verified", item.stack, item.provider.alias, "insecure is true; trust the CA through SSL_CERT_FILE") if {
	some item in providers
	item.provider.insecure == true
}

# Secrets come from variables.
deny contains problem("no-literal-secret", item.stack, item.provider.alias, sprintf("%s is written out; take it from a variable", [key])) if {
	some item in providers
	some key in ["api_token", "password", "auth_ticket", "csrf_prevention_token"]
	value := item.provider[key]
	not startswith(value, "${var.")
}

# Variables that hold tokens or addresses with tokens are sensitive.
deny contains problem("sensitive-variable", stack, name, "is not sensitive, so that plans would show it") if {
	some stack, content in input
	some name, variable in content.variable
	regex.match(`(token|secret|password|_url)$`, name)
	not variable.sensitive == true
}

# Control planes cannot be destroyed by a plan.
deny contains problem("control-plane-protected", item.stack, item.name, "is a control plane without prevent_destroy") if {
	some item in vms
	"control-plane" in item.vm.tags
	not item.vm.lifecycle.prevent_destroy == true
}

# Every VM has its guard: the precondition that refuses adoption, lost disks and removed control planes.
deny contains problem("guarded", item.stack, item.name, "has no precondition; switch guards on") if {
	some item in vms
	count(object.get(item.vm, ["lifecycle", "precondition"], [])) == 0
}

# Disks that the definition does not know are never deleted.
deny contains problem("keeps-unknown-disks", item.stack, item.name, "would delete disks that the definition does not know") if {
	some item in vms
	item.vm.delete_unreferenced_disks_on_destroy == true
}

# Identities are unique over all stacks: two VMs with one MAC or UUID are one machine to Omni. A VMID is unique on its endpoint.
owners[sprintf("MAC %s", [upper(nic.mac_address)])] contains [item.stack, item.name] if {
	some item in vms
	some nic in item.vm.network_device
}

owners[sprintf("SMBIOS UUID %s", [lower(item.vm.smbios.uuid)])] contains [item.stack, item.name] if {
	some item in vms
}

owners[sprintf("VMID %d on %s", [item.vm.vm_id, provider.endpoint])] contains [item.stack, item.name] if {
	some item in vms
	some provider in input[item.stack].provider.proxmox
	item.vm.provider == sprintf("proxmox.%s", [provider.alias])
}

deny contains problem("unique-identity", one[0], one[1], sprintf("has %s, as %s has", [identity, concat(", ", others)])) if {
	some identity, all in owners
	count(all) > 1
	some one in all
	others := {concat("/", other) | some other in all; other != one}
}

# Images are downloaded over TLS and verified, and their address names a version.
deny contains problem("pinned-image", stack, name, "is not downloaded from an https address that names a version, with verify") if {
	some stack, content in input
	some name, image in content.resource.proxmox_download_file
	not pinned(image)
}

pinned(image) if {
	image.verify == true
	startswith(image.url, "${var.")
}

pinned(image) if {
	image.verify == true
	regex.match(`^https://.*v\d+\.\d+\.\d+`, image.url)
}

# Provider versions are exact.
deny contains problem("pinned-provider", stack, name, sprintf("version %q is not exact", [provider.version])) if {
	some stack, content in input
	some name, provider in content.terraform.required_providers
	not regex.match(`^\d+\.\d+\.\d+$`, provider.version)
}

# Tags by which people and doctor know whose VM it is.
deny contains problem("tagged", item.stack, item.name, sprintf("lacks the tag %q", [tag])) if {
	some item in vms
	some tag in ["terraform-managed", "talos"]
	not tag in item.vm.tags
}

# A state that is only on one machine is lost with it.
warn contains problem("remote-state", stack, "backend", "the state is on one machine only; a team needs a remote backend with locks") if {
	some stack, content in input
	content.terraform.backend.local
}
