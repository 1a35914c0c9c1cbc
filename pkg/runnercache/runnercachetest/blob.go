package runnercachetest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// address is the signed address of an entry's blob.
func (s *Server) address(i int) string {
	return s.http.URL + "/blob/" + strconv.Itoa(i) + "?sv=2025-01-05&sig=" + url.QueryEscape(signature)
}

// blob answers as Azure's blob store does: Put Blob, Put Block, Put Block List and Get Blob.
func (s *Server) blob(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	i, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/blob/"))
	if err != nil || i >= len(s.entries) || query.Get("sig") != signature || query.Get("sv") == "" || r.Header.Get("Authorization") != "" {
		s.t.Errorf("runnercachetest: %s %s %v", r.Method, r.URL, r.Header)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	e := s.entries[i]
	switch {
	case r.Method == http.MethodGet && s.whole:
		_, _ = w.Write(e.content)
		return
	case r.Method == http.MethodGet:
		if !strings.HasPrefix(r.Header.Get("Range"), "bytes=") {
			s.t.Error("runnercachetest: GET without a range")
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(e.content))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && int64(len(body)) != r.ContentLength {
		err = fmt.Errorf("%d bytes of %d", len(body), r.ContentLength)
	}
	if err == nil {
		err = e.put(r, query, body)
	}
	if err != nil {
		s.t.Errorf("runnercachetest: %s %s %v: %v", r.Method, r.URL, r.Header, err)
		w.Header().Set("X-Ms-Error-Code", "InvalidInput")
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func (e *entry) put(r *http.Request, query url.Values, body []byte) error {
	const typeHeader = "X-Ms-Blob-Type"
	switch comp := query.Get("comp"); {
	case r.Method != http.MethodPut || e.finished:
		return fmt.Errorf("a %s, finished %v", r.Method, e.finished)
	case comp == "" && r.Header.Get(typeHeader) == "BlockBlob":
		e.content = body
	case comp == "block" && query.Get("blockid") != "":
		e.blocks[query.Get("blockid")] = body
	case comp == "blocklist":
		var list struct{ Latest []string }
		if err := xml.Unmarshal(body, &list); err != nil {
			return err
		}
		e.content = nil
		for _, id := range list.Latest {
			block, ok := e.blocks[id]
			if !ok {
				return fmt.Errorf("there is no block %s", id)
			}
			e.content = append(e.content, block...)
		}
	default:
		return fmt.Errorf("comp=%s, %s: %s", comp, typeHeader, r.Header.Get(typeHeader))
	}
	return nil
}
