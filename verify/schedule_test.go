package verify

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/content"
)

// A small image is not worth a second worker, unless the caller says so.
func TestWorkers(t *testing.T) {
	all := (&run{}).jobs()
	for _, tt := range []struct {
		name  string
		jobs  int
		sizes []int64
		want  int
	}{
		{"nothing", 0, nil, 1},
		{"one small object", 0, []int64{100}, 1},
		{"small objects", 0, []int64{oneWorker / 2, oneWorker/2 - 1}, 1},
		{"enough for all", 0, []int64{oneWorker / 2, oneWorker / 2}, all},
		{"one large object", 0, []int64{1 << 40}, all},
		{"as the caller says", 16, []int64{100}, 16},
	} {
		r := &run{opt: Options{Jobs: tt.jobs}}
		var tasks []task
		for _, n := range tt.sizes {
			tasks = append(tasks, task{obj: content.Object{Size: n}})
		}
		if got := r.workers(tasks); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

// A worker takes no more than its share, and always something.
func TestTake(t *testing.T) {
	for _, tt := range []struct {
		name  string
		jobs  int
		lanes []int64 // sizes of what the worker has in hand
		tasks []int64
		want  bool
	}{
		{"nothing in hand", 2, nil, []int64{100}, true},
		{"nothing left", 2, nil, nil, false},
		{"alone", 1, []int64{100, 100}, []int64{100}, true},
		{"within the share", 2, []int64{40}, []int64{30, 30, 30, 30}, true},
		{"the whole share", 2, []int64{50}, []int64{50, 50, 50}, true},
		{"beyond the share", 2, []int64{100}, []int64{10, 10, 10}, false},
		{"empty objects", 2, []int64{0}, []int64{0, 0}, true},
	} {
		p := &pool{jobs: tt.jobs}
		l := &lanes{}
		for _, n := range tt.lanes {
			l.lane = append(l.lane, lane{task: task{obj: content.Object{Size: n}}, r: io.NopCloser(strings.NewReader(""))})
			p.left.Add(n)
		}
		for _, n := range tt.tasks {
			p.tasks = append(p.tasks, task{obj: content.Object{Size: n}})
			p.left.Add(n)
		}
		if _, got := p.take(context.Background(), l); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
