package apk

// IndexName is the file that apk fetches below each architecture of a repository.
const IndexName = "APKINDEX.tar.gz"

// DefaultRepository is what a repository below a release is called where nobody names another one.
const DefaultRepository = "main"
