// Package secret keeps secrets out of everything that is printed: a type whose every printed form
// is redacted, and a writer that redacts what others print.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Mask is what stands in place of a secret.
const Mask = "***"

// String is a secret. It prints as Mask with every verb of fmt, in JSON, text encodings and slog;
// only Reveal gives the value.
type String struct {
	// A pointer, because fmt reads unexported fields of others' structs without asking Format.
	value *string
}

// New makes a secret.
func New(s string) String { return String{value: &s} }

// Reveal returns the value.
func (s String) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Empty reports whether there is no secret.
func (s String) Empty() bool { return s.Reveal() == "" }

// String returns Mask instead of the secret.
func (s String) String() string { return Mask }

// Format writes Mask whatever the verb.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Mask) }

// MarshalText returns Mask, for JSON and other encodings.
func (s String) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// LogValue returns Mask, for slog.
func (s String) LogValue() slog.Value { return slog.StringValue(Mask) }
