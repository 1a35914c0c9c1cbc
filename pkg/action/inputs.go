package action

import (
	"strings"

	"github.com/pakman/build/pkg/apk"
)

// Input is one `with:` key of the action.
type Input struct {
	Name        string
	Description string // of action.yml and of the reference
	Default     string
	Secret      bool // masked in the log
	Path        bool // a path, or several, one per line
}

// usual returns the default as far as the program knows it: expressions are for the runner, and some runners do not evaluate them.
func (in Input) usual() string {
	if strings.HasPrefix(in.Default, "${{") {
		return ""
	}
	return in.Default
}

// inputs lists the action's inputs. A test compares action.yml with it.
var inputs = []Input{
	{Name: "command", Default: "build", Description: "The command to run: build (build, sign, index, publish if a bucket is given, and " +
		"deploy if deploy is set), publish or deploy (packages that an earlier step or job built), release (publish the draft that " +
		"earlier jobs filled with release-assets), matrix (the jobs for the applications of the repository), check (only the YAML " +
		"file), verify (every index and package of the bucket), prune (remove old versions from the bucket, according to keep and " +
		"keep-days)."},
	{Name: "directory", Path: true, Description: "The application's directory in the workspace, or several, one per line: they are " +
		"built in parallel into one repository. Default: the directory of config, else the workspace."},
	{Name: "jobs", Description: "Number of applications to build in parallel. Default: the number of processors."},
	{Name: "config", Path: true,
		Description: "The YAML file. Default: pakman.yml or instellar.yml in the directory, else its APKBUILD, which is built without " +
			"changes."},
	{Name: "arch", Description: "Architecture to build for: x86_64, aarch64, … Default: the runner's; for the command matrix, which " +
		"takes a comma-separated list, the architectures in the files."},
	{Name: "alpine", Description: "Alpine release that the packages are for; the container is upgraded or downgraded to it: 3.24, " +
		"v3.24, alpine/3.24, edge, latest-stable. Default: the file's stack, else the newest stable release."},
	{Name: "builder", Default: "auto", Description: "Builder to use: auto, abuild, native or root."},
	{Name: "isolation", Default: "auto",
		Description: "Isolation of builds: auto warns about what the runner cannot isolate, strict refuses to build in that case."},
	{Name: "compression",
		Description: "Compression of packages: fast (shortest build), balanced or small (smallest package). Default: the file's, else " +
			"balanced."},
	{Name: "version", Description: "Version of the package. Default: the version of the tag if the run is for a tag or a release, else " +
		"the file's, else the version of the newest git tag, else 0.0.0."},
	{Name: "release", Description: "Package release (pkgrel). Default: the number of the workflow run."},
	{Name: "signing-key", Secret: true, Description: "RSA private key in PEM form that signs packages and indexes, or the path " +
		"of its file. Several keys, one after the other, all sign; key-name then needs as many names. Without a key, PAKman " +
		"signs with a temporary key and cannot publish."},
	{Name: "signing-key-password", Secret: true, Description: "Password of the signing key, if it has one; for several keys, " +
		"one per line."},
	{Name: "key-name", Description: "Name of the key in /etc/apk/keys, without .rsa.pub; for several keys, as many names in the " +
		"same order, separated by commas or line breaks. Default: OWNER-REPOSITORY."},
	{Name: "bucket", Description: "Where to publish: s3://bucket/prefix or a directory. Default: the packages stay in the workspace."},
	{Name: "endpoint", Description: "URL of the S3-compatible store. Default: AWS."},
	{Name: "region", Description: "Region of the bucket."},
	{Name: "access-key-id", Description: "Access key of the bucket. Default: AWS_ACCESS_KEY_ID."},
	{Name: "secret-access-key", Secret: true, Description: "Secret key of the bucket. Default: AWS_SECRET_ACCESS_KEY."},
	{Name: "session-token", Secret: true, Description: "Session token of temporary credentials. Default: AWS_SESSION_TOKEN, if " +
		"the two keys also come from the environment."},
	{Name: "role-arn", Description: "ARN of a role to assume with the identity token that GitHub issues to the job (permissions: " +
		"id-token: write), instead of keys. Default: AWS_ROLE_ARN, if AWS_WEB_IDENTITY_TOKEN_FILE is set."},
	{Name: "role-session-name", Description: "Name of the session in the store's logs. Default: AWS_ROLE_SESSION_NAME, else pakman with " +
		"the repository and the number of the run."},
	{Name: "sts-endpoint",
		Description: "URL of the security token service. Default: AWS_ENDPOINT_URL_STS, else endpoint if it is given, else AWS."},
	{Name: "addressing", Default: "auto",
		Description: "How requests name the bucket: path, virtual (in the host name) or auto (virtual on AWS, else path)."},
	{Name: "sse", Description: "Server-side encryption of the objects that are written: AES256 or aws:kms. Default: the bucket's."},
	{Name: "sse-kms-key-id", Description: "Key of the store's key management service to encrypt with. Default: the store's own."},
	{Name: "acl", Description: "Canned access control list of the objects that are written: private, public-read, authenticated-read, " +
		"aws-exec-read, bucket-owner-read or bucket-owner-full-control. Default: the bucket's."},
	{Name: "ca-file", Path: true, Description: "PEM file in the workspace with additional certificate authorities to trust: for the " +
		"store, the API of GitHub or the forge, the platform and the webhook. Default: for the store AWS_CA_BUNDLE."},
	{Name: "timeout", Default: "1m", Description: "Connect and idle timeout of requests to the store."},
	{Name: "repository", Default: apk.DefaultRepository, Description: "Name of the apk repository below the release."},
	{Name: "repository-description",
		Description: "Text that apk shows for the repository. Default: unchanged, at first its name and release."},
	{Name: "packages-adb", Default: "true",
		Description: "Whether to write Packages.adb, the index for apk 3, in addition to APKINDEX.tar.gz: true or false."},
	{Name: "page", Default: "true",
		Description: "Whether to write index.html, a page for people that lists the packages of the repository: true or false."},
	{Name: "keep", Description: "Number of newest versions of each package that stay in the bucket's index after a publish; older ones " +
		"are removed from the index at once, and from the bucket after a day at the earliest. Default: all stay."},
	{Name: "keep-days",
		Description: "Number of days for which a version always stays, counted from its build or its publication. Default: only " +
			"keep decides."},
	{Name: "dry-run", Default: "false", Description: "Whether the command prune only reports what it would do: true or false."},
	{Name: "grace", Default: "24h",
		Description: "Time that a package stays in the bucket after it left the index, such as 24h; for the command prune."},
	{Name: "unreferenced", Default: "false",
		Description: "Whether the command prune also deletes packages that no index lists: true or false."},
	{Name: "strays", Default: "false", Description: "Former name of the input unreferenced."},
	{Name: "public-key", Path: true,
		Description: "Public key files that the command verify trusts, one per line. Default: the keys that the repository publishes."},
	{Name: "build-env",
		Description: "Lines KEY=VALUE that are added to the environment of the build. The build sees no other variables of the workflow."},
	{Name: "cache", Description: "Whether the caches of build tools are kept with the runner's cache service: auto (restored, and saved " +
		"when the lock files change), read (only restored) or off. Default: auto, but off with signing-key and with cache-dir."},
	{Name: "cache-dir", Path: true,
		Description: "Build cache directory in the workspace, to be saved by actions/cache: the caches of build tools, and packages. " +
			"Default: a directory that ends with the step."},
	{Name: "cache-limit", Default: "5GB", Description: "Maximum size of cache-dir; least recently used entries are removed first."},
	{Name: "force", Default: "false", Description: "Whether to ignore cached packages and build although nothing changed: true or false."},
	{Name: "verify-reproducible", Default: "false",
		Description: "Whether to build a second time in a varied environment, and to fail if the packages differ: true or false."},
	{Name: "try", Default: "false",
		Description: "Whether to install the packages and start their services before anything is published: true or false. " +
			"Docker's default container, and so GitHub's runner, does not allow it; the log says so."},
	{Name: "publish",
		Description: "Whether to publish to the bucket: true or false. Default: true, but false for pull requests and merge " +
			"queues. The code of a fork is never published. docs/action.md lists what each event does."},
	{Name: "overwrite", Default: "false",
		Description: "Whether to replace a published package of the same version with different content: true or false."},
	{Name: "adopt", Default: "false",
		Description: "Whether to re-sign an index that another key signed, including everything that it lists: true or false."},
	{Name: "allow-older", Default: "false", Description: "Whether to allow a version that is lower than a published one: true or false."},
	{Name: "output", Path: true, Default: "packages",
		Description: "Directory of the local repository in the workspace; the commands publish and deploy take the packages from it."},
	{Name: "deploy", Description: "Deployment target: none, instellar or webhook. Default: none; for the command deploy instellar."},
	{Name: "instellar-endpoint", Description: "URL of the platform. Default: INSTELLAR_ENDPOINT, else https://opsmaru.com."},
	{Name: "instellar-auth-token", Secret: true, Description: "Token of the organization's automation. Default: INSTELLAR_AUTH_TOKEN."},
	{Name: "instellar-package-token", Secret: true, Description: "Token of the package. Default: INSTELLAR_PACKAGE_TOKEN."},
	{Name: "webhook-url", Secret: true, Description: "URL to send the report to as a signed POST."},
	{Name: "webhook-secret", Secret: true, Description: "Secret that signs the POST, at least 16 bytes long."},
	{Name: "release-assets", Default: "false", Description: "Whether to attach the packages, their checksums and the public key to the " +
		"GitHub release, if the run is for a tag or a release. A missing release is created as a draft: true publishes it when it " +
		"has its assets, draft leaves that to a later job. true, false or draft."},
	{Name: "release-notes", Default: "false",
		Description: "Whether to add the install commands to the text of the release: true or false."},
	{Name: "deployment", Description: "Name of an environment. When packages are published or deployed, the action records a " +
		"GitHub deployment for it, with the repository's URL, or that of the target. Default: no deployment is recorded."},
	{Name: "github-token", Secret: true, Description: "Token for release-assets, release-notes (permission contents: write) and " +
		"deployment (deployments: write). If it is empty: GITHUB_TOKEN.", Default: "${{ github.token }}"},
	{Name: "matrix-jobs", Description: "Number of jobs of the matrix that the job belongs to. Of several jobs, none publishes the " +
		"release: release-assets: true acts as draft, and command: release publishes it.", Default: "${{ strategy.job-total }}"},
	{Name: "base", Description: "For the command matrix: the commit, branch or tag to compare with. Only applications that " +
		"changed since then are built; with the value all, all of them. Default: the base of a pull request, the commit before " +
		"a push, else all."},
	{Name: "runners", Description: "For the command matrix: lines ARCH=LABEL that replace the labels x86_64=ubuntu-24.04 and " +
		"aarch64=ubuntu-24.04-arm, or add others."},
	{Name: "insecure", Default: "false",
		Description: "Whether to allow deployments over http:// to machines other than the runner: true or false."},
}

// Output is one step output of the action.
type Output struct {
	Name        string
	Description string
}

// outputs lists the step outputs. A test compares action.yml with it.
var outputs = []Output{
	{"packages", "JSON list of the packages: name, version, arch, file, size, installed-size, sha256, url, unchanged, previous (the " +
		"version before, with its sizes), largest (its largest directories)."},
	{"names", "The names of the packages, separated by spaces."},
	{"sizes", "JSON object: the size of each package file in bytes, by package name."},
	{"total-size", "Size of all package files together, in bytes."},
	{"arch", "The architecture of the packages."},
	{"changed", "Whether anything was published: true, or false if the repository already held all packages. After the command matrix: " +
		"whether it has any job."},
	{"skipped", "The applications that were not built because nothing changed since an earlier build, separated by spaces."},
	{"repository-url", "The line for /etc/apk/repositories."},
	{"index-url", "URL of the signed index; for several architectures, one per line."},
	{"install", "The two commands that install the packages on an Alpine machine, one per line."},
	{"checksums", "File with the SHA-256 checksums of the packages, in the format of sha256sum. Pass it to the input " +
		"subject-checksums of actions/attest. Empty if the output directory is outside the workspace."},
	{"public-key-url", "URL of the public key."},
	{"key-name", "File name of the public key in /etc/apk/keys."},
	{"cache-key", "Key under which actions/cache saves cache-dir: it changes with the applications' lock files."},
	{"cache-restore-key", "Prefix of the keys of similar caches."},
	{"release-url", "Page of the GitHub release with the assets; empty if there is none."},
	{"matrix", "After the command matrix: JSON for strategy.matrix. Each job has name, directory, arch, runner and wave."},
	{"waves", "After the command matrix: JSON list of such matrices. The jobs of each matrix need only packages of earlier " +
		"matrices."},
	{"deployment-id", "The platform's ID of the deployment; empty if there is none."},
}
