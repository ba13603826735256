package node

import (
	"context"
	"path"

	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

type rolesKey struct{}

// withRoles notes what the caller may do: what its certificate says, and in maintenance what a reader may.
func withRoles(ctx context.Context, m *Machine, maintained bool) context.Context {
	roles := role.Zero

	switch {
	case maintained && m.world.ManagerIsAdmin:
		roles = role.MakeSet(role.Admin)
	case maintained:
		roles = role.MakeSet(role.Reader)
	default:
		if caller, ok := peer.FromContext(ctx); ok {
			if info, ok := caller.AuthInfo.(credentials.TLSInfo); ok && len(info.State.PeerCertificates) > 0 {
				roles, _ = role.Parse(info.State.PeerCertificates[0].Subject.Organization)
			}
		}
	}

	return context.WithValue(ctx, rolesKey{}, roles)
}

func rolesOf(ctx context.Context) role.Set {
	roles, ok := ctx.Value(rolesKey{}).(role.Set)
	if !ok {
		return role.Zero
	}

	return roles
}

var (
	everybody = role.MakeSet(role.Admin, role.Operator, role.Reader)
	operators = role.MakeSet(role.Admin, role.Operator)
	backups   = role.MakeSet(role.Admin, role.Operator, role.EtcdBackup)
	etcdEyes  = role.MakeSet(role.Admin, role.Operator, role.Reader, role.EtcdBackup)
	metaRoles = role.MakeSet(role.Admin, role.MetaWriter)
)

// rules say who may call what, as those of machined; what is not named is for administrators.
var rules = map[string]role.Set{
	"/machine.ImageService/Pull": operators,
	// For maintenance; whether it is, the handler sees.
	"/machine.MachineService/ApplyConfiguration": role.MakeSet(role.Admin, role.Reader),
	"/machine.MachineService/Dmesg":              everybody,
	"/machine.MachineService/EtcdAlarmList":      etcdEyes,
	"/machine.MachineService/EtcdMemberList":     etcdEyes,
	"/machine.MachineService/EtcdSnapshot":       backups,
	"/machine.MachineService/EtcdStatus":         etcdEyes,
	"/machine.MachineService/Events":             everybody,
	"/machine.MachineService/Hostname":           everybody,
	"/machine.MachineService/ImageList":          everybody,
	"/machine.MachineService/ImagePull":          operators,
	"/machine.MachineService/Logs":               everybody,
	"/machine.MachineService/Memory":             everybody,
	"/machine.MachineService/MetaDelete":         metaRoles,
	"/machine.MachineService/MetaWrite":          metaRoles,
	"/machine.MachineService/Reboot":             operators,
	"/machine.MachineService/ServiceList":        everybody,
	"/machine.MachineService/Shutdown":           operators,
	"/machine.MachineService/Version":            everybody,
	"/cosi.resource.State/Get":                   everybody,
	"/cosi.resource.State/List":                  everybody,
	"/cosi.resource.State/Watch":                 everybody,
	"/storage.StorageService/Disks":              everybody,
	"/time.TimeService/Time":                     everybody,
}

var errNotAuthorized = status.Error(codes.PermissionDenied, "not authorized")

// maintenance lists what Talos before 1.13 has in maintenance: for everybody, and for administrators.
var maintenance = map[string]bool{
	"/machine.MachineService/ApplyConfiguration": true,
	"/storage.StorageService/Disks":              true,
	"/cosi.resource.State/Get":                   true,
	"/cosi.resource.State/List":                  true,
	"/cosi.resource.State/Watch":                 true,
	"/machine.MachineService/MetaDelete":         false,
	"/machine.MachineService/MetaWrite":          false,
	"/machine.MachineService/Reset":              false,
	"/machine.MachineService/Upgrade":            false,
	"/machine.MachineService/Version":            false,
}

func (r *route) authorize(ctx context.Context, method string) error {
	if r.maintained && r.self.minor() < streamingUpgrades {
		forAll, known := maintenance[method]

		switch {
		case !known:
			return status.Errorf(codes.Unimplemented, "method %s not implemented", path.Base(method))
		case !forAll && !rolesOf(ctx).Includes(role.Admin):
			return status.Error(codes.Unimplemented, "API is not implemented in maintenance mode")
		}
	}

	allowed, ok := rules[method]
	if !ok {
		allowed = role.MakeSet(role.Admin)
	}

	if !rolesOf(ctx).IncludesAny(allowed) {
		return errNotAuthorized
	}

	return nil
}
