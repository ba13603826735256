package main

import (
	"context"
	"net"
	"os"
	"strings"
	"time"

	"github.com/siderolabs/go-api-signature/pkg/message"
	"github.com/siderolabs/go-api-signature/pkg/pgp"
	"github.com/siderolabs/go-api-signature/pkg/serviceaccount"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

type account struct {
	key  *pgp.Key
	role string
}

// accounts by the fingerprint of their key.
type accounts map[string]account

// newAccounts makes a service account for each role, and its key as the scripts get it.
func newAccounts(roles ...string) (accounts, map[string]string, error) {
	byFingerprint, keys := accounts{}, map[string]string{}

	for _, role := range roles {
		name := strings.ToLower(role)

		key, err := pgp.GenerateKey(name, "", name+"@serviceaccount.omni.sidero.dev", 24*time.Hour)
		if err != nil {
			return nil, nil, err
		}

		if keys[role], err = serviceaccount.Encode(name, key); err != nil {
			return nil, nil, err
		}

		byFingerprint[key.Fingerprint()] = account{key: key, role: role}
	}

	return byFingerprint, keys, nil
}

// gate is what each call passes before the rules: faults of the transport, signature, role.
type gate struct {
	accounts accounts
	faults   *faults
	conns    connections
}

type roleKey struct{}

// roleOf is the role of the account that has signed the call.
func roleOf(ctx context.Context) string {
	role, _ := ctx.Value(roleKey{}).(string)

	return role
}

func (g *gate) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx, err := g.enter(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}

	return handler(ctx, req)
}

func (g *gate) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, err := g.enter(stream.Context(), info.FullMethod)
	if err != nil {
		return err
	}

	return handler(srv, &signedStream{ServerStream: stream, ctx: ctx})
}

type signedStream struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // that is how gRPC hands it on
}

func (s *signedStream) Context() context.Context { return s.ctx }

func (g *gate) enter(ctx context.Context, method string) (context.Context, error) {
	faults := g.faults.call(!isRead(method))

	if faults.isLast {
		os.Exit(0)
	}

	if faults.Drop {
		if p, ok := peer.FromContext(ctx); ok {
			g.conns.close(p.Addr)
		}
	}

	if faults.Hang {
		select {
		case <-faults.over:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}

	select {
	case <-time.After(time.Duration(faults.DelayMs) * time.Millisecond):
	case <-ctx.Done():
		return nil, ctx.Err()
	}

	role, err := g.accounts.verify(ctx, method)
	if err != nil || faults.RejectSignatures {
		return nil, status.Error(codes.Unauthenticated, "invalid signature")
	}

	if role == "Reader" && !isRead(method) {
		return nil, status.Errorf(codes.PermissionDenied, "unauthorized: access denied: insufficient role: %q", role)
	}

	return context.WithValue(ctx, roleKey{}, role), nil
}

func isRead(method string) bool {
	switch method[strings.LastIndex(method, "/")+1:] {
	case "Get", "List", "Watch":
		return true
	default:
		return false
	}
}

// verify gives the role of the account that has signed a call.
func (a accounts) verify(ctx context.Context, method string) (string, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	msg := message.NewGRPC(md, method)

	signature, err := msg.Signature()
	if err != nil {
		return "", err
	}

	signer, ok := a[signature.KeyFingerprint]
	if !ok {
		return "", status.Error(codes.Unauthenticated, "unknown key")
	}

	return signer.role, msg.VerifySignature(signer.key)
}

// droppable lets the gate close a connection in the middle of a call.
type droppable struct {
	net.Listener
	gate *gate
}

func (l *droppable) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.gate.conns.add(conn)
	}

	return conn, err
}
