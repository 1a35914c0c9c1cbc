package detect

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

var (
	dotnetTarget   = regexp.MustCompile(`<TargetFrameworks?>[^<]*?net(\d+)\.0`)
	dotnetAssembly = regexp.MustCompile(`<AssemblyName>([\w.-]+)</AssemblyName>`)
)

// dotnet packages the one program of .NET: a project for the web, or one whose output is a program.
func dotnet(d *directory) *Application {
	var projects []string
	for _, pattern := range []string{"*.[cf]sproj", "*/*.[cf]sproj", "*/*/*.[cf]sproj"} {
		for _, file := range d.glob(pattern) {
			text := d.text(file)
			started := strings.Contains(text, "Microsoft.NET.Sdk.Web") || strings.Contains(text, "<OutputType>Exe<") ||
				strings.Contains(text, "Microsoft.NET.Sdk.Worker")
			if started && !strings.Contains(text, "Microsoft.NET.Test.Sdk") {
				projects = append(projects, file)
			}
		}
	}
	if len(projects) == 0 {
		return nil
	}
	project := projects[0]
	text := d.text(project)
	target := dotnetTarget.FindStringSubmatch(text)
	switch {
	case len(projects) > 1:
		d.unknown("several programs of .NET: " + strings.Join(projects, ", ") + "; run init in the directory of one")
		return nil
	case target == nil:
		d.unknown(project + " names no target framework like net8.0")
		return nil
	case !d.plain(projects...):
		return nil
	}
	const oldest = 8 // that Alpine 3.24 has
	evidence := []string{project + " is for .NET " + target[1]}
	version, _ := strconv.Atoi(target[1]) // digits
	var env []pair
	if version < oldest {
		evidence = append(evidence, fmt.Sprintf("Alpine has .NET %d and newer: it runs the application "+
			"as DOTNET_ROLL_FORWARD allows", oldest))
		version, env = oldest, append(env, pair{"DOTNET_ROLL_FORWARD", "Major"})
	}
	runtime, service := fmt.Sprintf("dotnet%d-runtime", version), "app"
	if strings.Contains(text, "Microsoft.NET.Sdk.Web") {
		runtime, service = fmt.Sprintf("aspnetcore%d-runtime", version), "web"
		env = append(env, pair{"ASPNETCORE_URLS", "http://0.0.0.0:8080"})
	}
	name := strings.TrimSuffix(path.Base(project), path.Ext(project))
	if match := dotnetAssembly.FindStringSubmatch(text); match != nil {
		name = match[1]
	}
	return planned(".NET", &plan{
		Needs: []string{fmt.Sprintf("dotnet%d-sdk", version)}, Runtime: []string{runtime},
		BuildEnv:     []pair{{"DOTNET_CLI_TELEMETRY_OPTOUT", "1"}, {"DOTNET_NOLOGO", "1"}},
		Commands:     []string{"dotnet publish " + project + " --configuration Release --output out -p:UseAppHost=false"},
		Destinations: []string{"out"}, Env: env, Service: service,
		Binary: "dotnet", Path: "/usr/bin/dotnet", Directory: "out", Call: name + ".dll",
	}, evidence...)
}
