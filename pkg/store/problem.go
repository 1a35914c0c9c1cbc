package store

// Problem is a fault of a store's address, permissions or credentials, which the user can fix.
type Problem struct {
	What string // what was found, e.g. `bucket "x" does not exist at https://s3.example.com`
	Hint string // what to do
	Err  error  // the store's own words; may be nil
}

func (p *Problem) Error() string {
	text := p.What
	if p.Err != nil {
		text += " (" + p.Err.Error() + ")"
	}
	if p.Hint != "" {
		text += ": " + p.Hint
	}
	return text
}

func (p *Problem) Unwrap() error { return p.Err }
