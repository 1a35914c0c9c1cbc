package process

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// The memory limit is the user's where there is one, also where it is off, and otherwise leaves room for what is in use.
func TestMemoryLimit(t *testing.T) {
	old, percent := debug.SetMemoryLimit(math.MaxInt64), debug.SetGCPercent(100)
	defer func() {
		debug.SetMemoryLimit(old)
		debug.SetGCPercent(percent)
	}()
	for _, value := range []string{"off", "1GiB"} {
		TuneMemory(func(string) string { return value })
		if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
			t.Errorf("GOMEMLIMIT=%s: %d", value, got)
		}
	}
	for used, want := range map[uint64]int64{0: most, most / 4: most, most: 2 * most, 1 << 62: 2 * most << 20} {
		if got := limit(used); got != want {
			t.Errorf("%d bytes in use: %d, want %d", used, got, want)
		}
	}
	TuneMemory(func(string) string { return "" })
	if got := debug.SetMemoryLimit(-1); got != most {
		t.Fatalf("nothing is set: %d", got)
	}
	held := make([]byte, 2*most)
	for i := range held {
		held[i] = 1
	}
	wait(t, func(limit int64) bool { return limit >= 4*most })
	runtime.KeepAlive(held)
	held = nil
	_ = held
	wait(t, func(limit int64) bool { return limit == most })
}

// wait collects until the limit is as wanted.
func wait(t *testing.T, as func(limit int64) bool) {
	t.Helper()
	for range 200 {
		runtime.GC()
		if as(debug.SetMemoryLimit(-1)) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the limit stays at %d", debug.SetMemoryLimit(-1))
}
