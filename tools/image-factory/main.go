// An image factory whose images are empty: the part of its API that gives a schematic its id, on the vendor's own code, so that
// ids and texts are compared with something that nobody here wrote. As the real one it has images of those only that it was given.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"

	"github.com/siderolabs/image-factory/pkg/schematic"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}

	fmt.Printf("http://%s\n", listener.Addr())

	// Whoever started it holds the other end.
	go func() {
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck
		os.Exit(0)
	}()

	fmt.Fprintln(os.Stderr, http.Serve(listener, newFactory()))
	os.Exit(1)
}

func newFactory() http.Handler {
	var mu sync.Mutex

	known := map[string]string{}
	mux := http.NewServeMux()

	mux.HandleFunc("POST /schematics", func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)

			return
		}

		one, err := schematic.Unmarshal(data)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)

			return
		}

		id, err := one.ID()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)

			return
		}

		mu.Lock()
		known[id] = string(data)
		mu.Unlock()

		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(map[string]string{"id": id}) //nolint:errcheck
	})

	mux.HandleFunc("GET /schematics", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()

		json.NewEncoder(w).Encode(known) //nolint:errcheck
	})

	mux.HandleFunc("GET /image/{id}/{version}/{file}", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		_, ok := known[r.PathValue("id")]
		mu.Unlock()

		if !ok {
			http.NotFound(w, r)

			return
		}

		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", "4")
		w.Write([]byte("none")) //nolint:errcheck
	})

	return mux
}
