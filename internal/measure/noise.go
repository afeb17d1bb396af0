package measure

import (
	"fmt"

	"github.com/ocisum/ocisum/report"
)

const (
	noisyRow  = 0.10 // a spread above it is more than most optimisations gain
	noisyPart = 0.25 // of the rows: fewer are chance
	busyCore  = 0.5  // of the cores busy before the run began
)

// warnings says why the numbers of a result should not be trusted.
func warnings(r *Result) []string {
	w := []string{}
	noisy, widest := 0, 0.0
	for _, row := range r.Rows {
		if row.Spread > noisyRow {
			noisy++
		}
		widest = max(widest, row.Spread)
	}
	if float64(noisy) > noisyPart*float64(len(r.Rows)) {
		w = append(w, fmt.Sprintf("too noisy to trust: samples of %d of %d measurements spread by more than ±%.0f %%, up to ±%.0f %%; other programs run, or the clock of the CPU changes",
			noisy, len(r.Rows), noisyRow*100, widest*100))
	}
	if load := r.Machine.Load; load != nil && *load > busyCore*float64(r.Machine.Cores) {
		w = append(w, fmt.Sprintf("the machine was busy before: a load of %.1f on %d cores", *load, r.Machine.Cores))
	}
	if r.Settings.Runs < 3 {
		w = append(w, fmt.Sprintf("%d runs cannot show noise: use 3 or more", r.Settings.Runs))
	}
	if p := r.Path; p != nil && p.Verdict != report.Verified {
		w = append(w, fmt.Sprintf("the path is judged %s, so that less or more was done than for a good image", p.Verdict))
	}
	return w
}
