package apk

import "iter"

// ahead makes something of each input, side by side, and returns it in the order of the inputs; n of them wait at most. When
// it ends, also early, nothing of it goes on.
func ahead[In, Out any](n int, inputs iter.Seq[In], f func(In) Out) iter.Seq[Out] {
	return func(yield func(Out) bool) {
		results := make(chan chan Out, n)
		stop := make(chan struct{})
		go func() {
			defer close(results)
			for in := range inputs {
				result := make(chan Out, 1)
				select {
				case <-stop:
					return
				case results <- result:
				}
				go func() { result <- f(in) }()
			}
		}()
		defer func() {
			close(stop)
			for result := range results {
				<-result
			}
		}()
		for result := range results {
			if !yield(<-result) {
				return
			}
		}
	}
}
