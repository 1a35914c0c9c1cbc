package config

// foreignNames are names of other distributions, by habit written for packages that have another name on Alpine. An
// empty one is not needed there. Names that Alpine has are not here.
var foreignNames = map[string]string{
	// compilers and tools
	"build-essential": "build-base", "base-devel": "build-base", "gcc-c++": "g++",
	"pkg-config": "pkgconf", "pkgconf-pkg-config": "pkgconf", "golang": "go", "golang-go": "go", "rustc": "rust",
	"default-jdk": "openjdk21-jdk", "default-jre": "openjdk21-jre",
	"default-jdk-headless": "openjdk21-jdk", "default-jre-headless": "openjdk21-jre-headless",
	"openjdk-17-jdk": "openjdk17-jdk", "openjdk-17-jre": "openjdk17-jre", "openjdk-21-jdk": "openjdk21-jdk",
	"openjdk-21-jre":  "openjdk21-jre",
	"java-17-openjdk": "openjdk17-jre", "java-21-openjdk": "openjdk21-jre", "protobuf-compiler": "protoc",
	"python3-venv": "python3", "python3-devel": "python3-dev", "python-dev": "python3-dev",
	"python3-pip": "py3-pip", "python3-setuptools": "py3-setuptools", "python3-virtualenv": "py3-virtualenv",
	"ruby-full": "ruby", "ruby-devel": "ruby-dev", "kernel-headers": "linux-headers",
	"linux-libc-dev": "linux-headers", "libc6-dev": "musl-dev", "glibc-devel": "musl-dev", "libc6": "musl", "glibc": "musl",
	// libraries
	"postgresql-server-dev-all": "postgresql-dev", "postgresql-devel": "libpq-dev", "libpq5": "libpq",
	"libssl-dev": "openssl-dev", "openssl-devel": "openssl-dev", "zlib1g-dev": "zlib-dev", "zlib1g": "zlib", "zlib-devel": "zlib-dev",
	"libsqlite3-dev": "sqlite-dev", "libsqlite3-0": "sqlite-libs", "sqlite-devel": "sqlite-dev",
	"libcurl4-openssl-dev": "curl-dev", "libcurl4": "libcurl", "libcurl-devel": "curl-dev",
	"libffi-devel": "libffi-dev", "libffi8": "libffi", "libyaml-dev": "yaml-dev", "libyaml-devel": "yaml-dev",
	"libreadline-dev": "readline-dev", "readline-devel": "readline-dev", "libncurses-dev": "ncurses-dev", "libncurses5-dev": "ncurses-dev",
	"libgdbm-dev": "gdbm-dev", "libgmp-dev": "gmp-dev", "gmp-devel": "gmp-dev", "libbz2-dev": "bzip2-dev", "bzip2-devel": "bzip2-dev",
	"liblzma-dev": "xz-dev", "xz-devel": "xz-dev", "xz-utils": "xz", "liblz4-dev": "lz4-dev", "libzstd-dev": "zstd-dev",
	"libxml2-devel": "libxml2-dev", "libxslt1-dev": "libxslt-dev", "libxslt-devel": "libxslt-dev", "libexpat1-dev": "expat-dev",
	"libpng16-16": "libpng", "libpng-devel": "libpng-dev",
	"libvips-dev": "vips-dev", "ImageMagick": "imagemagick",
	"libmysqlclient-dev": "mariadb-connector-c-dev", "default-libmysqlclient-dev": "mariadb-connector-c-dev",
	"mysql-devel": "mariadb-connector-c-dev",
	"libsodium23": "libsodium", "libicu-dev": "icu-dev", "libonig-dev": "oniguruma-dev",
	"libldap2-dev": "openldap-dev", "libpcre3-dev": "pcre-dev", "libpcre2-dev": "pcre2-dev", "libfreetype6-dev": "freetype-dev",
	"libfontconfig1": "fontconfig", "libfontconfig1-dev": "fontconfig-dev", "libcairo2-dev": "cairo-dev", "libpango1.0-dev": "pango-dev",
	"libgif-dev": "giflib-dev", "librsvg2-dev": "librsvg-dev", "uuid-dev": "util-linux-dev",
	"libstdc++6": "libstdc++", "libgcc1": "libgcc", "libgcc-s1": "libgcc", "libatomic1": "libatomic", "libjemalloc2": "jemalloc",
	// programs
	"apache": "apache2", "nginx-full": "nginx", "redis-server": "redis",
	"mysql-server": "mariadb", "default-mysql-client": "mariadb-client", "mariadb-server": "mariadb",
	"dnsutils": "bind-tools", "bind-utils": "bind-tools", "iputils-ping": "iputils",
	"netcat-traditional": "netcat-openbsd", "openssh-clients": "openssh-client",
	"vim-enhanced": "vim",
	"gnupg2":       "gnupg",
	"docker.io":    "docker", "docker-ce": "docker", "git-core": "git", "passwd": "shadow", "shadow-utils": "shadow",

	// names that are short elsewhere
	"python": "python3", "node": "nodejs", "gcc-gfortran": "gfortran", "libvips42": "vips", "libmagickwand-dev": "imagemagick-dev",
	"netcat": "netcat-openbsd", "python3-wheel": "py3-wheel", "yarnpkg": "yarn", "cron": "dcron",
	"libjpeg62-turbo-dev": "libjpeg-turbo-dev",
	"libuv1-dev":          "libuv-dev", "libseccomp2": "libseccomp", "httpd": "apache2", "locales": "musl-locales", "sqlite3": "sqlite",
	"apt-transport-https": "", "apt-utils": "", "software-properties-common": "", "debian-archive-keyring": "",
}
