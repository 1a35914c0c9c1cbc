package main

import (
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"time"
)

// period is the time from one high water to the next.
const period = 12*time.Hour + 25*time.Minute

// tide returns the height of the water in metres, between 0.5 and 3.5: a plain sine, good enough for an example.
func tide(at time.Time) float64 {
	phase := float64(at.UnixNano()%int64(period)) / float64(period)
	return math.Round((2+1.5*math.Sin(2*math.Pi*phase))*100) / 100
}

// newHandler returns the routes; now is their clock.
func newHandler(now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /tide", func(w http.ResponseWriter, _ *http.Request) {
		at := now()
		writeJSON(w, map[string]any{"metres": tide(at), "rising": tide(at.Add(10*time.Minute)) > tide(at)})
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"status": "ok"})
	})
	return mux
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		slog.Warn("answer not sent", "error", err)
	}
}
