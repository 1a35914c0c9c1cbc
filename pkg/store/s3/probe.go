package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/store"
)

// impossible is an ETag that no object has.
var impossible = strings.Repeat("0", 32)

// SupportsConditions reports whether the store supports conditional writes. This is known of AWS, and of a store that has
// shown it. For others, key is written with the content that it has, once under If-None-Match: * and at the same time under an
// If-Match that no object can have: a store that lets one of them through ignores conditions.
func (s *Store) SupportsConditions(ctx context.Context, key string, c store.Content, o store.PutOptions) (bool, error) {
	s.probe.Lock()
	defer s.probe.Unlock()
	if s.probe.done || s.at.amazon() {
		return s.probe.honoured || s.at.amazon(), nil
	}
	digests, err := store.DigestsOf(c)
	if err != nil {
		return false, err
	}
	honoured, err := bothRefused(ctx, o, func(ctx context.Context, o store.PutOptions) (bool, error) {
		err := s.probeOnce(ctx, key, c, digests, o)
		refused := errors.Is(err, store.ErrConflict)
		if err != nil && !refused && !errors.Is(err, store.ErrUnsupported) {
			return false, fmt.Errorf("finding out whether the store honours conditional writes: %w", err)
		}
		return refused, nil
	})
	if err != nil {
		return false, err
	}
	s.probe.done, s.probe.honoured = true, honoured
	return honoured, nil
}

// bothRefused makes a write under If-None-Match: * and at the same time under an If-Match that no object can have, and reports
// whether both were refused.
func bothRefused(ctx context.Context, o store.PutOptions, write func(context.Context, store.PutOptions) (bool, error)) (bool, error) {
	var refusals atomic.Int32
	group, ctx := errgroup.WithContext(ctx)
	for _, match := range []string{"", impossible} {
		group.Go(func() error {
			o := o
			o.IfMatch, o.IfAbsent = match, match == ""
			refused, err := write(ctx, o)
			if refused {
				refusals.Add(1)
			}
			return err
		})
	}
	err := group.Wait()
	return refusals.Load() == 2, err
}

func (s *Store) probeOnce(ctx context.Context, key string, c store.Content, d store.Digests, o store.PutOptions) error {
	return s.retry(ctx, func(ctx context.Context, _ int) error {
		_, err := s.put(ctx, key, c, d, o)
		return err
	})
}

// headStart is that of a write over the probe that is sent beside it.
const headStart = 20 * time.Millisecond

// probeBeside sends, a moment after the write of key that the caller is about to make, the same content under If-None-Match: *
// and under an If-Match that cannot hold. If the store refuses both because of their conditions, it honours them: the first can
// only be refused because the object is there by now. Every other answer says nothing, and SupportsConditions asks again. The
// caller calls wait after its write; a probe that was not sent by then is left out.
func (s *Store) probeBeside(ctx context.Context, key string, c store.Content, d store.Digests, o store.PutOptions) (wait func()) {
	if !s.probe.TryLock() {
		return func() {}
	}
	if s.probe.done || s.at.amazon() {
		s.probe.Unlock()
		return func() {}
	}
	written, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer s.probe.Unlock()
		select {
		case <-time.After(headStart):
		case <-written:
			return
		}
		refused, _ := bothRefused(ctx, o, func(ctx context.Context, o store.PutOptions) (bool, error) {
			_, err := s.send(ctx, key, c, d, o)
			return refusedFor(o, err), nil
		})
		if refused {
			s.probe.done, s.probe.honoured = true, true
		}
	}()
	return func() { close(written); <-ended }
}

// refusedFor reports whether the store refused a write because of its condition, not because of another write at the same time.
func refusedFor(o store.PutOptions, err error) bool {
	answer, ok := errors.AsType[minio.ErrorResponse](err)
	return ok && (answer.StatusCode == http.StatusPreconditionFailed || o.IfMatch != "" && answer.Code == "NoSuchKey")
}
