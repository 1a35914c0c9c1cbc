package action

import "github.com/pakman/build/pkg/apk"

// Input is one `with:` key of the action.
type Input struct {
	Name        string
	Description string // of action.yml and of the reference
	Default     string
	Secret      bool // masked in the log
}

// inputs is the one table of the action's inputs; a test holds action.yml to it.
var inputs = []Input{
	{Name: "command", Default: "build", Description: "What to do: build (build, sign, index, publish where a bucket is given, and deploy where that is said), publish or deploy (packages that an earlier step or job built), matrix (spread the applications of the repository over jobs), check (the YAML file and nothing else), verify (every index and package of the bucket), prune (let old versions of the bucket go, as keep and keep-days say)."},
	{Name: "directory", Description: "The application's directory in the workspace, or one on each line: they are built at once into one repository. Default: that of config, else the workspace."},
	{Name: "jobs", Description: "How many of several directories are built at once. Default: as many as there are processors."},
	{Name: "config", Description: "The YAML file. Default: pakman.yml or instellar.yml in the directory, else its APKBUILD, which is built as it is."},
	{Name: "arch", Description: "Architecture to build for: x86_64, aarch64, … Default: the runner's; for the command matrix, which takes several with commas, those of the files."},
	{Name: "alpine", Description: "Alpine release that the packages are for, to which the container is brought: 3.24, v3.24, alpine/3.24, edge, latest-stable. Default: the file's stack, else the newest stable release."},
	{Name: "builder", Default: "auto", Description: "What builds: auto, abuild or native."},
	{Name: "isolation", Default: "auto", Description: "Isolation of builds: auto warns about what the runner cannot isolate, strict refuses to build."},
	{Name: "compression", Description: "How much time is spent for how small a package: fast, balanced or small. Default: the file's, else balanced."},
	{Name: "version", Description: "Version of the package. Default: on a tag or a release that of the tag, else the file's, else that of the newest git tag, else 0.0.0."},
	{Name: "release", Description: "Package release (pkgrel). Default: the number of the workflow run."},
	{Name: "signing-key", Secret: true, Description: "RSA private key in PEM form that signs packages and index, or the path of its file. Several keys, one after the other, sign all of it each, and take as many names in key-name. Without it a key is made and thrown away, and nothing can be published."},
	{Name: "signing-key-password", Secret: true, Description: "Password of the signing key, where it has one; one a line for several."},
	{Name: "key-name", Description: "Name of the key in /etc/apk/keys, without .rsa.pub; for several keys as many, in the same order, with commas or line breaks. Default: OWNER-REPOSITORY."},
	{Name: "bucket", Description: "Where to publish: s3://bucket/prefix, or a directory. Without it the packages stay in the workspace."},
	{Name: "endpoint", Description: "URL of the S3-compatible store. Default: AWS."},
	{Name: "region", Description: "Region of the bucket."},
	{Name: "access-key-id", Description: "Access key of the bucket. Default: AWS_ACCESS_KEY_ID."},
	{Name: "secret-access-key", Secret: true, Description: "Secret key of the bucket. Default: AWS_SECRET_ACCESS_KEY."},
	{Name: "session-token", Secret: true, Description: "Session token of temporary credentials. Default: AWS_SESSION_TOKEN, if the two keys are also those of the environment."},
	{Name: "role-arn", Description: "ARN of a role to take on with the identity token that GitHub makes for the job (permissions: id-token: write), in place of keys. Default: AWS_ROLE_ARN, where AWS_WEB_IDENTITY_TOKEN_FILE is set."},
	{Name: "role-session-name", Description: "What the store's logs call the role's session. Default: AWS_ROLE_SESSION_NAME, else pakman with the repository and the number of the run."},
	{Name: "sts-endpoint", Description: "URL of the service that gives roles. Default: AWS_ENDPOINT_URL_STS, else AWS' own; with endpoint, that one."},
	{Name: "addressing", Default: "auto", Description: "Where requests name the bucket: path, virtual (in the host name) or auto (virtual on AWS, else path)."},
	{Name: "ca-file", Description: "PEM file in the workspace of certificate authorities to trust beside the system's. Default: AWS_CA_BUNDLE."},
	{Name: "timeout", Default: "1m", Description: "How long the store may take to be reached, and stay silent then."},
	{Name: "repository", Default: apk.DefaultRepository, Description: "Name of the apk repository below the release."},
	{Name: "repository-description", Description: "What apk calls the repository. Default: what it is called, at first its name and release."},
	{Name: "packages-adb", Default: "true", Description: "Whether Packages.adb, the index for apk 3, is kept beside APKINDEX.tar.gz: true or false."},
	{Name: "page", Default: "true", Description: "Whether index.html, the page on which people see what the repository holds, is kept beside its architectures: true or false."},
	{Name: "keep", Description: "Number of newest versions of each package that stay in the bucket's index after a publish; older ones leave it, and the bucket a day later at the earliest. Default: all stay."},
	{Name: "keep-days", Description: "Days for which a version stays in any case, counted from its build or its publication. Default: keep alone decides."},
	{Name: "dry-run", Default: "false", Description: "Whether the command prune only tells what it would do: true or false."},
	{Name: "grace", Default: "24h", Description: "How long a package stays in the bucket after the command prune has found it out of the index, such as 24h."},
	{Name: "unreferenced", Default: "false", Description: "Whether the command prune also deletes packages that no index lists: true or false."},
	{Name: "strays", Default: "false", Description: "Former name of the input unreferenced."},
	{Name: "public-key", Description: "Public key files that the command verify trusts, one a line. Default: those of the repository itself."},
	{Name: "build-env", Description: "Lines KEY=VALUE that are added to the environment of the build, which sees nothing else of the workflow's."},
	{Name: "cache-dir", Description: "Directory in the workspace for what builds leave to later ones, to be saved by actions/cache: the caches of their tools, and packages. Default: none is kept."},
	{Name: "cache-limit", Default: "5GB", Description: "Size beyond which what was not used for longest is removed from cache-dir."},
	{Name: "force", Default: "false", Description: "Whether to build although nothing changed since an earlier build that is in cache-dir: true or false."},
	{Name: "verify-reproducible", Default: "false", Description: "Whether to build a second time under other circumstances, and to fail where the packages differ: true or false."},
	{Name: "publish", Default: "true", Description: "Whether to publish to the bucket: true or false."},
	{Name: "overwrite", Default: "false", Description: "Whether a published package of the same version that has other bytes is replaced: true or false."},
	{Name: "adopt", Default: "false", Description: "Whether an index that another key has signed is taken over, so that all it lists gets our signature: true or false."},
	{Name: "allow-older", Default: "false", Description: "Whether a version below one that is published already may be published: true or false."},
	{Name: "output", Default: "packages", Description: "Directory of the local repository in the workspace; the commands publish and deploy take the packages from it."},
	{Name: "deploy", Description: "Whom the packages are delivered to: none, instellar or webhook. Default: none; for the command deploy instellar."},
	{Name: "instellar-endpoint", Description: "URL of the platform. Default: INSTELLAR_ENDPOINT, else https://opsmaru.com."},
	{Name: "instellar-auth-token", Secret: true, Description: "Token of the organization's automation. Default: INSTELLAR_AUTH_TOKEN."},
	{Name: "instellar-package-token", Secret: true, Description: "Token of the package. Default: INSTELLAR_PACKAGE_TOKEN."},
	{Name: "webhook-url", Secret: true, Description: "URL that gets the report as a signed POST."},
	{Name: "webhook-secret", Secret: true, Description: "Secret that signs the POST, of at least 16 bytes."},
	{Name: "release-assets", Default: "false", Description: "Whether on a tag or a release the packages, their checksums and the public key become assets of the release, which is made where there is none: true, false, or draft, which makes a draft."},
	{Name: "release-notes", Default: "false", Description: "Whether the release's text gets the install commands: true or false."},
	{Name: "deployment", Description: "Name of the environment for which a GitHub deployment with the repository's URL is recorded when packages are published. Default: none is."},
	{Name: "github-token", Secret: true, Description: "Token for release-assets, release-notes (permission contents: write) and deployment (deployments: write). Default: GITHUB_TOKEN."},
	{Name: "base", Description: "For the command matrix: the commit, branch or tag since which an application has to have changed, or all. Default: the base of a pull request, what was there before a push, else all."},
	{Name: "runners", Description: "For the command matrix: lines ARCH=LABEL that replace the labels x86_64=ubuntu-24.04 and aarch64=ubuntu-24.04-arm, or add others."},
	{Name: "insecure", Default: "false", Description: "Whether packages may be delivered over http:// to other machines than the runner: true or false."},
}

// Output is one step output of the action.
type Output struct {
	Name        string
	Description string
}

// outputs is the one table of the action's outputs; a test holds action.yml to it.
var outputs = []Output{
	{"packages", "JSON list of the packages: name, version, arch, file, size, installed-size, sha256, url, unchanged, previous (the version before, with its sizes), largest (its largest directories)."},
	{"names", "The packages' names, separated by blanks."},
	{"sizes", "JSON object: the size of each package file in bytes, by package name."},
	{"total-size", "Size of all package files together, in bytes."},
	{"arch", "The architecture that was built for."},
	{"changed", "Whether anything was published: true, or false when the repository held all of it already. After the command matrix, whether it has any job."},
	{"skipped", "The applications that were not built, as nothing changed since an earlier build, separated by blanks."},
	{"repository-url", "The line for /etc/apk/repositories."},
	{"index-url", "Where the signed index is; for several architectures one a line."},
	{"install", "The two commands that install the packages on an Alpine machine, one a line."},
	{"checksums", "File with the packages' SHA-256 sums, as sha256sum writes them: for actions/attest's subject-checksums. Empty where the output directory lies outside of the workspace."},
	{"public-key-url", "Where the public key is."},
	{"key-name", "File name of the public key in /etc/apk/keys."},
	{"cache-key", "Key for actions/cache to save cache-dir under: it changes with the applications' lock files."},
	{"cache-restore-key", "What the keys of similar caches begin with."},
	{"release-url", "Page of the GitHub release that got the assets; empty without one."},
	{"matrix", "After the command matrix: JSON for strategy.matrix, whose jobs have name, directory, arch, runner and wave."},
	{"waves", "After the command matrix: JSON list of such matrices, each of which needs packages of earlier ones alone."},
	{"deployment-id", "The platform's id of the deployment; empty without one."},
}
