//go:build race

package repository_test

// raceDetector reports whether the tests run under the race detector, which makes them several times as slow.
const raceDetector = true

// publishes is how many packages each process of TestProcesses publishes.
const publishes = 5
