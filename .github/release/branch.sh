#!/bin/sh
# branch.sh TAG IMAGE@DIGEST: commits the files of the tag, with an action.yml that names the prebuilt image, to its release
# branch (v1 for v1.2.3) at origin. The branch only moves forward: it does not move for a tag that it has, or an older one.
set -eu
tag=$1 image=$2
echo "$tag" | grep -Eqx 'v[0-9]+\.[0-9]+\.[0-9]+' || {
	echo "$tag is not a tag like v1.2.3" >&2
	exit 2
}
echo "$image" | grep -Eqx '[a-z0-9./_-]+@sha256:[0-9a-f]{64}' || {
	echo "$image is not an image by its digest" >&2
	exit 2
}
git show "$tag:action.yml" | grep -qx '  image: Dockerfile' || {
	echo "action.yml of $tag has no line '  image: Dockerfile' to replace" >&2
	exit 1
}

branch=${tag%%.*}
git fetch --quiet origin "+refs/heads/$branch:refs/remotes/origin/$branch" || true # the first release has none
previous=$(git rev-parse --quiet --verify "refs/remotes/origin/$branch^{commit}") || previous=
if [ -n "$previous" ]; then
	last=$(git tag --merged "$previous" --list "$branch.*" --sort=-v:refname | sed -n 1p)
	newest=$(printf '%s\n%s\n' "$tag" "$last" | sort -V | sed -n '$p')
	if [ "$last" = "$tag" ] || [ "$newest" = "$last" ]; then
		echo "$branch stays at $last"
		exit 0
	fi
fi

# Makes the commit without a work tree: the tag's files with one changed line.
index=$(mktemp -d)
trap 'rm -rf "$index"' EXIT
export GIT_INDEX_FILE="$index/index"
git read-tree "$tag"
blob=$(git show "$tag:action.yml" | sed "s|^  image: Dockerfile\$|  image: docker://$image|" | git hash-object -w --stdin)
git update-index --cacheinfo "100644,$blob,action.yml"
commit=$(git commit-tree "$(git write-tree)" ${previous:+-p "$previous"} -p "$tag^{commit}" -m "Release $tag")
git push --quiet origin "$commit:refs/heads/$branch"
echo "$branch is $tag"
