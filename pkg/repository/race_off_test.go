//go:build !race

package repository_test

// raceDetector reports whether the tests run under the race detector, which makes them several times as slow.
const raceDetector = false

// publishes is how many packages each process of TestProcesses publishes: enough to have lost entries in each round without the swap.
const publishes = 20
