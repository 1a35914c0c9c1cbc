package detect

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	javaRelease = regexp.MustCompile(`<(?:maven\.compiler\.(?:release|source)|(?:java|jdk)\.version|release)>\s*(?:1\.)?(\d+)\s*<`)
	javaPackage = regexp.MustCompile(`(?m)^\s*package\s+([\w.]+)`)
	javaMain    = regexp.MustCompile(`\bpublic\s+static\s+void\s+main\s*\(|(?m)^fun\s+main\s*\(`)
	gradleJava  = regexp.MustCompile(`JavaLanguageVersion\.of\((\d+)\)|jvmToolchain\((\d+)\)|` +
		`(?:source|target)Compatibility\s*=\s*["']?(?:JavaVersion\.VERSION_)?(?:1[._])?(\d+)`)
	gradleName = regexp.MustCompile(`rootProject\.name\s*=\s*["']([\w.-]+)["']`)
	gradleApp  = regexp.MustCompile(`(?m)^\s*(?:id\s*\(?\s*["']application["']|application\b|apply plugin:\s*["']application["'])`)
)

// jdk returns the oldest of Alpine's versions of Java that runs what is written for a version.
func jdk(wanted string) string {
	n, _ := strconv.Atoi(wanted) // none: 0
	for _, version := range []int{17, 21} {
		if n <= version {
			return strconv.Itoa(version)
		}
	}
	return "25"
}

// java returns the plan of an application that a virtual machine runs.
func java(version string, needs []string, commands ...string) *plan {
	return &plan{
		Noarch: true, Needs: append([]string{"openjdk" + version + "-jdk"}, needs...),
		Runtime:  []string{"openjdk" + version + "-jre-headless"},
		Commands: commands, Env: []pair{{"JAVA_OPTS", "-XX:MaxRAMPercentage=75"}, {"PORT", "8080"}}, Binary: "java", Path: "/usr/bin/java",
	}
}

// maven packages the application that pom.xml describes: the file that Spring Boot or Quarkus make, or the classes of the one
// program with the libraries that it needs.
func maven(d *directory) *Application {
	text := d.text("pom.xml")
	switch {
	case text == "":
		return nil
	case strings.Contains(text, "<modules>"):
		d.unknown("pom.xml has several modules: write pakman.yml with the command that builds the one that is started")
		return nil
	case strings.Contains(text, "<packaging>war<"):
		d.unknown("pom.xml makes a war file, which an application server runs: package a jar instead")
		return nil
	}
	wanted := ""
	if match := javaRelease.FindStringSubmatch(text); match != nil {
		wanted = match[1]
	}
	mvn, needs := "mvn", []string{"maven"}
	if d.has("mvnw") && d.has(".mvn/wrapper/maven-wrapper.properties") {
		mvn, needs = "sh mvnw", nil
	}
	mvn += ` --batch-mode -Dmaven.repo.local="$HOME"/.m2/repository -DskipTests package`
	p := java(jdk(wanted), needs, mvn)
	evidence := []string{"pom.xml", "Java " + jdk(wanted)}
	const jar = `find target -maxdepth 1 -name '*.jar' ! -name '*-sources.jar' ! -name '*-javadoc.jar' ` +
		`! -name '*-tests.jar' ! -name 'original-*'`
	switch {
	case strings.Contains(text, "quarkus-maven-plugin"):
		p.Destinations, p.Call = []string{"target/quarkus-app"}, "$JAVA_OPTS -jar quarkus-app/quarkus-run.jar"
		p.Env = append(p.Env, pair{"QUARKUS_HTTP_HOST", "0.0.0.0"})
		return planned("Quarkus", p, evidence...)
	case strings.Contains(text, "spring-boot-maven-plugin"):
		p.Commands = append(p.Commands, "cp $("+jar+") app.jar")
		p.Destinations, p.Call = []string{"app.jar"}, "$JAVA_OPTS -jar app.jar --server.port=$PORT"
		return planned("Spring Boot", p, evidence...)
	}
	class := d.mainClass("src/main")
	if class == "" {
		return nil
	}
	p.Commands[0] += " dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=lib"
	p.Commands = append(p.Commands, "mkdir -p lib", "cp $("+jar+") lib/")
	p.Destinations, p.Call = []string{"lib"}, "$JAVA_OPTS -cp 'lib/*' "+class
	p.Service = "app"
	return planned("Maven", p, append(evidence, class+" is the class with a main method")...)
}

// mainClass returns the one class below a directory that has a main method; it refuses several.
func (d *directory) mainClass(dir string) string {
	var classes []string
	err := fs.WalkDir(d.fsys, dir, func(file string, e fs.DirEntry, err error) error {
		ext := path.Ext(file)
		if err != nil || e.IsDir() || ext != ".java" && ext != ".kt" {
			return err
		}
		text := d.text(file)
		if !javaMain.MatchString(text) {
			return nil
		}
		name := strings.TrimSuffix(path.Base(file), ext)
		if ext == ".kt" {
			name += "Kt"
		}
		if match := javaPackage.FindStringSubmatch(text); match != nil {
			name = match[1] + "." + name
		}
		classes = append(classes, name)
		return nil
	})
	switch {
	case err != nil || len(classes) == 0:
		d.unknown("no class below " + dir + " has a main method")
	case len(classes) > 1:
		slices.Sort(classes)
		d.unknown("several classes have a main method: " + strings.Join(classes, ", "))
	case d.plain(classes[0]):
		return classes[0]
	}
	return ""
}

// gradle packages what the plugin of Spring Boot, or Gradle's own plugin for applications, makes.
func gradle(d *directory) *Application {
	var files []string
	for _, pattern := range []string{"build.gradle", "build.gradle.kts", "*/build.gradle", "*/build.gradle.kts"} {
		files = append(files, d.glob(pattern)...)
	}
	for _, file := range files {
		text := uncommentedJava(d.text(file))
		boot := strings.Contains(text, "org.springframework.boot")
		if (boot || gradleApp.MatchString(text)) && d.plain(file) {
			return d.gradleApplication(file, text, boot)
		}
	}
	if len(files) > 0 {
		d.unknown("Gradle, but neither the plugin `application` nor that of Spring Boot says what is started")
	}
	return nil
}

func (d *directory) gradleApplication(file, text string, boot bool) *Application {
	run, needs := "gradle", []string{"gradle"}
	if d.has("gradlew") && d.has("gradle/wrapper/gradle-wrapper.jar") {
		run, needs = "sh gradlew", nil
	}
	version := jdk("")
	if match := gradleJava.FindStringSubmatch(text); match != nil {
		version = jdk(match[1] + match[2] + match[3])
	}
	dir, task, name := path.Dir(file), ":", ""
	if dir != "." {
		task, name = ":"+strings.ReplaceAll(dir, "/", ":")+":", path.Base(dir)
	} else if match := gradleName.FindStringSubmatch(d.text(d.first("settings.gradle", "settings.gradle.kts"))); match != nil {
		name = match[1]
	}
	run = `GRADLE_USER_HOME="$HOME"/.gradle ` + run + " --no-daemon --console=plain " + task
	evidence := []string{file, "Java " + version}
	switch {
	case boot:
		p := java(version, needs, run+"bootJar",
			"cp $(find "+path.Join(dir, "build/libs")+" -name '*.jar' ! -name '*-plain.jar') app.jar")
		p.Destinations, p.Call = []string{"app.jar"}, "$JAVA_OPTS -jar app.jar --server.port=$PORT"
		return planned("Spring Boot", p, evidence...)
	case name != "":
		p := java(version, needs, run+"installDist")
		p.Destinations, p.Service = []string{path.Join(dir, "build/install", name)}, "app"
		p.Binary, p.Path = name, path.Join(name, "bin")
		return planned("Gradle", p, evidence...)
	}
	d.unknown("Gradle, but no settings file names the project: add `rootProject.name = \"…\"` to settings.gradle")
	return nil
}

// uncommentedJava returns Gradle's text without its comments.
func uncommentedJava(text string) string {
	return regexp.MustCompile(`(?s)/\*.*?\*/|(?m)(^|\s)//[^\n]*`).ReplaceAllString(text, "$1")
}
