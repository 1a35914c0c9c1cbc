package process

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// most is up to how many bytes the heap may grow before the collector works harder, instead of letting it double. It keeps a
// publish into an index of 100,000 packages below 200 MB.
const most = 150 << 20

// growth is by how many percent the heap may grow between two collections as long as it is far below most. With Go's own
// 100 a publish into an index of 20,000 packages spends a sixth of its time on collecting, to keep hardly any memory.
const growth = 1000

// TuneMemory sets the garbage collector, as far as the user has not by GOMEMLIMIT and GOGC.
func TuneMemory(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(most)
		afterCollection(func() { raise(live()) })
	}
	if getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
}

// limit returns the memory limit for that many bytes in use. Where what is in use comes near the limit, the collector would run all
// the time and free nothing: 300,000 packages took it two to three times the work.
func limit(used uint64) int64 {
	const room = 2
	return max(most, room*int64(min(used, most<<20))) //#nosec G115 -- bounded
}

// raise sets the limit, unless it hardly differs.
func raise(used uint64) {
	const worth = most / 10
	now, want := debug.SetMemoryLimit(-1), limit(used)
	if want > now+worth || want < now-worth {
		debug.SetMemoryLimit(want)
	}
}

// live returns how many bytes were in use at the end of the last collection.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// mark is an object that every collection finds unused.
type mark struct{ _ *int }

// afterCollection calls f after every collection.
func afterCollection(f func()) {
	runtime.SetFinalizer(&mark{}, func(*mark) {
		f()
		afterCollection(f)
	})
}
