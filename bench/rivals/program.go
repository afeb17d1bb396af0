package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// program makes an entrant of a command, or none if it is not installed.
func program(name string, args ...string) []entrant {
	if _, err := exec.LookPath(args[0]); err != nil {
		return nil
	}
	return []entrant{{name: name, run: func() (usage, error) { return start(args) }}}
}

// shell makes an entrant of a script that needs some programs. How much memory
// they take is not known: a shell does not tell about its children.
func shell(name, script string, needs ...string) []entrant {
	for _, n := range needs {
		if _, err := exec.LookPath(n); err != nil {
			return nil
		}
	}
	return []entrant{{name: name, run: func() (usage, error) {
		u, err := start([]string{"sh", "-ec", script})
		u.peak = 0
		return u, err
	}}}
}

// start runs a program to its end. What it writes is thrown away by the system,
// and what it complains about is in the error.
func start(args []string) (usage, error) {
	cmd := exec.Command(args[0], args[1:]...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		return usage{}, err
	}
	done, peak := make(chan struct{}), make(chan int64)
	go watch(cmd.Process.Pid, done, peak)
	err := cmd.Wait()
	close(done)
	u := usage{cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), <-peak}
	if err != nil {
		return u, fmt.Errorf("%w: %s", err, strings.TrimSpace(complaint.String()))
	}
	return u, nil
}

// watch looks every few milliseconds how much memory a process has had so far.
// What getrusage(2) says would be that of this process, which is larger: a child
// begins with its parent's memory.
func watch(pid int, done <-chan struct{}, peak chan<- int64) {
	name := "/proc/" + strconv.Itoa(pid) + "/status"
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	for most := int64(0); ; {
		select {
		case <-done:
			peak <- most
			return
		case <-tick.C:
			status, err := os.ReadFile(name)
			if err == nil {
				most = max(most, highWater(status))
			}
		}
	}
}

// highWater finds the VmHWM line of /proc/PID/status, proc(5), in bytes.
func highWater(status []byte) int64 {
	_, after, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	text, _, _ := strings.Cut(strings.TrimSpace(string(after)), " ")
	kib, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
