package main

import (
	"net/http/httptest"
	"testing"
	"time"
)

func TestTide(t *testing.T) {
	for after, want := range map[time.Duration]string{
		0:              `{"metres":2,"rising":true}`,
		period / 4:     `{"metres":3.5,"rising":false}`,
		period * 3 / 4: `{"metres":0.5,"rising":true}`,
		period:         `{"metres":2,"rising":true}`,
	} {
		handler := newHandler(func() time.Time { return time.Unix(0, 0).Add(after) })
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("GET", "/tide", nil))
		if got := answer.Body.String(); got != want+"\n" {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
}
