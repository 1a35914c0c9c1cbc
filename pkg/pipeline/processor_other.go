//go:build !linux

package pipeline

// onOneProcessor runs start with all processors: other systems than Linux do not bind processes.
func onOneProcessor(start func() error) error { return start() }
