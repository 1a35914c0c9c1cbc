package config

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Formats are the forms in which Write writes faults: text has a line for each, json is an array of them, github has
// a workflow command for each, which becomes an annotation on the line.
var Formats = []string{"text", "json", "github"}

// Write writes the faults in one of Formats.
func (f Faults) Write(w io.Writer, format string) error {
	switch format {
	case "text":
		if len(f) == 0 {
			return nil
		}
		_, err := fmt.Fprintln(w, f.Error())
		return err
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(append(Faults{}, f...)) // [] rather than null
	case "github":
		for _, fault := range f {
			if _, err := fmt.Fprintln(w, fault.command()); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("unknown format %q, allowed are %s", format, strings.Join(Formats, ", "))
}

// Escapes of workflow commands, see "Workflow commands for GitHub Actions"; properties have two more.
var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// command returns the fault as a workflow command.
func (f Fault) command() string {
	level := "error"
	if f.Warning {
		level = "warning"
	}
	place := ""
	if f.Pos.File != "" {
		place = " file=" + commandProperty.Replace(f.Pos.File)
	}
	if f.Pos.Line > 0 {
		place += fmt.Sprintf(",line=%d,col=%d", f.Pos.Line, f.Pos.Column)
	}
	return "::" + level + place + "::" + commandData.Replace(f.Text())
}
