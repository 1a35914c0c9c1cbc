package detect

import "regexp"

// linked are crates that compile or link C, and what Alpine has for it: static libraries, as the program is linked statically.
var linked = []struct {
	crate string
	build []string
	env   []pair
}{
	{"openssl-sys", []string{"openssl-dev", "openssl-libs-static", "pkgconf"}, []pair{{"OPENSSL_STATIC", "1"}}},
	{"aws-lc-sys", []string{"build-base", "cmake"}, nil},
	{"rdkafka-sys", []string{"build-base", "bash", "cmake", "perl"}, nil},
	{"libsqlite3-sys", []string{"build-base", "sqlite-dev", "sqlite-static", "pkgconf"}, []pair{{"SQLITE3_STATIC", "1"}}},
	{"libgit2-sys", []string{"build-base", "cmake"}, nil},
	{"bindgen", []string{"clang-dev"}, nil},
	{"prost-build", []string{"protoc", "protobuf-dev"}, nil},
	{"ring", []string{"build-base"}, nil},
	{"cc", []string{"build-base"}, nil},
}

var crateNames = regexp.MustCompile(`(?m)^\s*(?:name = "([\w-]+)"|([\w-]+)\s*=)`)

// crates adds what the crates named in Cargo.toml and Cargo.lock need of Alpine.
func (a *Application) crates(text string) {
	named := map[string]bool{}
	for _, match := range crateNames.FindAllStringSubmatch(text, -1) {
		named[match[1]+match[2]] = true
	}
	named["openssl-sys"] = named["openssl-sys"] || named["openssl"] || named["native-tls"]
	if named["rocket"] { // it listens for this machine alone otherwise
		a.values.Env = append(a.values.Env, pair{"ROCKET_ADDRESS", "0.0.0.0"}, pair{"ROCKET_PORT", "8000"})
	}
	for _, l := range linked {
		if !named[l.crate] {
			continue
		}
		a.values.Build = appendNew(a.values.Build, l.build...)
		a.values.BuildEnv = append(a.values.BuildEnv, l.env...)
		a.Evidence = append(a.Evidence, "the crate "+l.crate+" needs libraries or compilers of Alpine")
	}
}
