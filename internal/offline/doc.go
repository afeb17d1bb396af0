// Package offline holds the tests of what the command does to the machine it
// runs on, and of what the machine can do to it: that no system call of it
// goes near a network, that it works where there is none, that a disk that
// fails, a report that cannot be written and a signal end in the verdict they
// deserve, and that neither the environment nor the place of a build shows in
// what it writes. It has no code of its own.
//
// The tests build the command and run it. Those that look at or change its
// system calls need strace(1), those that take its network away need the right
// to make a network namespace; where that is missing they say so and skip.
package offline
