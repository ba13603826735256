package node

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	bolt "go.etcd.io/bbolt"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

// EtcdSnapshot is a database as etcd has it, with the names of the nodes of Kubernetes for keys.
func (s *service) EtcdSnapshot(_ *machineapi.EtcdSnapshotRequest, out grpc.ServerStreamingServer[common.Data]) error {
	in, _, _, _, err := etcdOf(out.Context(), "etcd snapshot")
	if err != nil {
		return err
	}

	data, err := in.snapshot()
	if err != nil {
		return status.Errorf(codes.Unknown, "failed reading etcd snapshot: %s", err)
	}

	return out.Send(&common.Data{Bytes: data}) //nolint:wrapcheck // as the API sends it
}

// snapshot is the database, and its checksum.
func (c *cluster) snapshot() ([]byte, error) {
	folder, err := os.MkdirTemp("", "talos-snapshot-")
	if err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // the system tidies up

	file := filepath.Join(folder, "db")

	db, err := bolt.Open(file, 0o600, nil)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}

	c.mu.Lock()
	names := slices.Sorted(maps.Keys(c.nodes))
	c.mu.Unlock()

	err = db.Update(func(tx *bolt.Tx) error {
		keys, err := tx.CreateBucketIfNotExists([]byte("key"))
		if err != nil {
			return err //nolint:wrapcheck
		}

		for index, name := range names {
			revision := uint64(index + 2)
			if err = keys.Put(revisionKey(revision), keyValue("/registry/minions/"+name, revision)); err != nil {
				return err //nolint:wrapcheck
			}
		}

		_, err = tx.CreateBucketIfNotExists([]byte("meta"))

		return err //nolint:wrapcheck
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}

	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}

	sum := sha256.Sum256(data)

	return append(data, sum[:]...), nil
}

// revisionKey is a revision as a key: main, `_`, sub.
func revisionKey(revision uint64) []byte {
	return binary.BigEndian.AppendUint64(append(binary.BigEndian.AppendUint64(nil, revision), '_'), 0)
}

// keyValue is `mvccpb.KeyValue`: key, revisions of its creation and last change, version, value.
func keyValue(key string, revision uint64) []byte {
	message := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), []byte(key))
	for number, value := range []uint64{revision, revision, 1} {
		message = protowire.AppendVarint(protowire.AppendTag(message, protowire.Number(number+2), protowire.VarintType), value)
	}

	return protowire.AppendBytes(protowire.AppendTag(message, 5, protowire.BytesType), []byte("k8s\x00"))
}

// EtcdRecover takes a snapshot to begin etcd from.
func (s *service) EtcdRecover(in grpc.ClientStreamingServer[common.Data, machineapi.EtcdRecoverResponse]) error {
	m := machineOf(in.Context())

	if _, err := m.controlPlane("etcd recover"); err != nil {
		return err
	}

	var uploaded bytes.Buffer

	for {
		part, err := in.Recv()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return err //nolint:wrapcheck // as the API sends it
		}

		uploaded.Write(part.Bytes)
	}

	m.mu.Lock()
	m.recovery = uploaded.Len() > sha256.Size
	m.mu.Unlock()

	//nolint:wrapcheck // as the API sends it
	return in.SendAndClose(&machineapi.EtcdRecoverResponse{Messages: []*machineapi.EtcdRecover{{}}})
}

// recovers says whether a snapshot was uploaded to restore etcd from.
func (m *Machine) recovers() bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	return m.recovery
}
