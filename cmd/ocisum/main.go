// Command ocisum verifies container images in files, folders and pipes:
// whether every byte is what the documents say, whether the documents agree
// with each other, and who outside the image vouches for it. It never opens
// the network, extracts nothing and changes nothing.
//
//	ocisum verify alpine.tar
//	ocisum verify oci:layout@sha256:...
//	docker save alpine | ocisum verify -
//
// The result goes to standard output, everything else to standard error. Exit
// status: 0 all that was asked for was checked and holds, 1 content is bad, 2
// the command could not run, 3 something could not be checked, 4 a pin says
// no, 130 and 143 interrupted. See docs/exit-codes.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/ocisum/ocisum/internal/sandbox"
)

// memoryTarget is what the collector tries to stay below. Honest images need
// a tenth of it; hostile ones make many small objects, of which the collector
// would otherwise let as many die unnoticed as are alive.
const memoryTarget = 160 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryTarget)
	}
	// A closed pipe has to be reported as a lost report, not end the process.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		sig := interruption{<-signals}
		cancel(sig)
		again(signals, time.Now)
		writing.Lock() // a temporary file is removed or renamed first
		os.Exit(sig.exitCode())
	}()
	w := newWorld(os.Stdin, os.Stdout, os.Stderr)
	w.restrict = sandbox.Restrict
	code := w.run(ctx, os.Args)
	// Some file systems report a full disk only now.
	if err := os.Stdout.Close(); err != nil && code != exitError {
		fmt.Fprintf(os.Stderr, "ocisum: close standard output: %v\n", reason(err))
		code = exitError
	}
	os.Exit(code)
}

// echo is the time within which a second signal is the first one once more:
// timeout(1) sends it to the process and then to its group, and a terminal
// may do so as well. Nobody asks twice so fast.
const echo = 250 * time.Millisecond

// again waits for a signal that means: now.
func again(signals <-chan os.Signal, now func() time.Time) {
	for first := now(); ; {
		<-signals
		if now().Sub(first) >= echo {
			return
		}
	}
}

// interruption is the cause of a cancelled run.
type interruption struct{ sig os.Signal }

func (i interruption) Error() string { return "interrupted: " + i.sig.String() }

// exitCode is 128 and the number of the signal, as shells have it.
func (i interruption) exitCode() int {
	if n, ok := i.sig.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return 130
}
