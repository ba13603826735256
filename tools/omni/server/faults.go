package main

import (
	"net"
	"sync"
	"time"
)

// faultSpec is what a test asks for; see simulators/omni/options.ts.
type faultSpec struct {
	NeverReady       bool      `json:"neverReady"`
	Refuse           []refusal `json:"refuse"`
	DelayMs          int       `json:"delayMs"`
	Hang             bool      `json:"hang"`
	Drop             bool      `json:"drop"`
	RejectSignatures bool      `json:"rejectSignatures"`
	APIVersion       uint32    `json:"apiVersion"`
	Version          string    `json:"version"`
	NoCatalogueMs    int       `json:"noCatalogueMs"`
	ExitAfterCalls   *int      `json:"exitAfterCalls"`
	ExitAfterWrites  *int      `json:"exitAfterWrites"`
	HangAfterWrites  *int      `json:"hangAfterWrites"`
}

type refusal struct {
	Verb    string `json:"verb"`
	Type    string `json:"type"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Times   *int   `json:"times"`
}

// faults holds what goes wrong at the moment.
type faults struct {
	mu    sync.Mutex
	spec  faultSpec
	since time.Time
	calls int
	// Of these, those that want to change something.
	writes int
	// Closed when other faults are set: calls that hang go on.
	over chan struct{}
}

// callFaults is what goes wrong with one call.
type callFaults struct {
	faultSpec
	// The server ends instead of answering.
	isLast bool
	over   <-chan struct{}
}

func (f *faults) set(spec faultSpec) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if f.over != nil {
		close(f.over)
	}

	f.spec, f.since, f.calls, f.writes, f.over = spec, time.Now(), 0, 0, make(chan struct{})
}

// call counts a call.
func (f *faults) call(isWrite bool) callFaults {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.calls++

	if isWrite {
		f.writes++
	}

	isOver := func(count int, limit *int) bool { return limit != nil && count > *limit }

	spec := f.spec
	spec.Hang = spec.Hang || isWrite && isOver(f.writes, spec.HangAfterWrites)

	return callFaults{
		faultSpec: spec,
		isLast:    isOver(f.calls, spec.ExitAfterCalls) || isOver(f.writes, spec.ExitAfterWrites),
		over:      f.over,
	}
}

func (f *faults) neverReady() bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	return f.spec.NeverReady
}

// catalogueLoaded tells whether there is a catalogue of extensions by now.
func (f *faults) catalogueLoaded() bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	return time.Since(f.since) >= time.Duration(f.spec.NoCatalogueMs)*time.Millisecond
}

// refusal finds the first one for a write, and uses it up.
func (f *faults) refusal(verb, typ string) *refusal {
	f.mu.Lock()
	defer f.mu.Unlock()

	for i := range f.spec.Refuse {
		r := &f.spec.Refuse[i]
		if r.Type != typ || (r.Verb != "" && r.Verb != verb) || (r.Times != nil && *r.Times <= 0) {
			continue
		}

		if r.Times != nil {
			*r.Times--
		}

		return r
	}

	return nil
}

// connections that are open, by the address of the client.
type connections struct {
	mu   sync.Mutex
	open map[string]net.Conn
}

func (c *connections) add(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.open == nil {
		c.open = map[string]net.Conn{}
	}

	c.open[conn.RemoteAddr().String()] = conn
}

func (c *connections) close(addr net.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if conn := c.open[addr.String()]; conn != nil {
		conn.Close() //nolint:errcheck // it is to break
		delete(c.open, addr.String())
	}
}
