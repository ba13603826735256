package node

import (
	"crypto/rand"
	"encoding/hex"
	"sync"

	"github.com/google/uuid"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// history is what has happened since a machine booted.
type history struct {
	mu      sync.Mutex
	events  []*machineapi.Event
	changed chan struct{}
}

func newHistory() *history { return &history{changed: make(chan struct{})} }

func (h *history) add(event *machineapi.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()

	h.events = append(h.events, event)
	close(h.changed)
	h.changed = make(chan struct{})
}

// since returns the events from a position on, and what tells of further ones.
func (h *history) since(position int) ([]*machineapi.Event, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()

	return h.events[min(position, len(h.events)):], h.changed
}

// emit tells of an event: whoever watches, and whoever manages the machine. The actor is the request that caused it, or "".
func (m *Machine) emit(actor string, payload proto.Message) {
	if data, err := proto.Marshal(payload); err == nil {
		id := make([]byte, 10)
		rand.Read(id) //nolint:errcheck // never fails

		m.mu.Lock()
		log := m.history
		m.mu.Unlock()

		log.add(&machineapi.Event{
			Id: hex.EncodeToString(id), ActorId: actor,
			Data: &anypb.Any{TypeUrl: "talos/runtime/" + string(payload.ProtoReflect().Descriptor().FullName()), Value: data},
		})
	}

	m.tell(payload)
}

// errGone is what a machine that goes down leaves of a stream.
var errGone = status.Error(codes.Unavailable, "error reading from server: EOF")

// newActor names a request, so that events can say what they are due to.
func newActor() string { return uuid.NewString() }

// Events begins with an empty one, which says that it has begun.
func (s *service) Events(req *machineapi.EventsRequest, out grpc.ServerStreamingServer[machineapi.Event]) error {
	m := machineOf(out.Context())

	hello := &machineapi.Event{Data: &anypb.Any{}, ActorId: req.WithActorId}
	if err := out.Send(hello); err != nil {
		return err //nolint:wrapcheck // as the API sends it
	}

	m.mu.Lock()
	log, up := m.history, m.up
	m.mu.Unlock()

	all, _ := log.since(0)
	position := len(all)

	switch {
	case req.TailEvents < 0 || req.TailSeconds > 0:
		position = 0
	case req.TailEvents > 0:
		position = max(0, len(all)-int(req.TailEvents))
	}

	for {
		events, more := log.since(position)
		position += len(events)

		for _, event := range events {
			if req.WithActorId != "" && event.ActorId != req.WithActorId {
				continue
			}

			if err := out.Send(proto.CloneOf(event)); err != nil {
				return err //nolint:wrapcheck // as the API sends it
			}
		}

		select {
		case <-more:
		case <-up.Done():
			return errGone
		case <-out.Context().Done():
			return out.Context().Err() //nolint:wrapcheck // as the API sends it
		}
	}
}

// task tells of one step of a sequence.
func (m *Machine) task(actor, name string, action machineapi.TaskEvent_Action) {
	m.emit(actor, &machineapi.TaskEvent{Task: name, Action: action})
}

// sequence tells of the beginning, or the end, of all that a request causes.
func (m *Machine) sequence(actor, name string, action machineapi.SequenceEvent_Action) {
	m.emit(actor, &machineapi.SequenceEvent{Sequence: name, Action: action})
}
