package s3

import "testing"

// ShortenListings lets listings have that many pages and objects only.
func ShortenListings(t *testing.T, pages, objects int) {
	t.Helper()
	beforePages, beforeObjects := maxPages, maxListing
	maxPages, maxListing = pages, objects
	t.Cleanup(func() { maxPages, maxListing = beforePages, beforeObjects })
}
