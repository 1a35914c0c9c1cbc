#!/bin/sh
# publish.sh TAG FILE...: makes the GitHub release of the tag. It is a draft until it has all files, because a published release
# may not change. "legacy" leaves the mark "Latest" with the highest version. A published release stays as it is.
set -eu
tag=$1
shift
draft=$(gh release view "$tag" --json isDraft --jq .isDraft) || draft=none
case $draft in
none) gh release create "$tag" --draft --verify-tag --generate-notes ;;
false)
	echo "the release $tag is published"
	exit 0
	;;
esac
gh release upload "$tag" --clobber "$@"
id=$(gh release view "$tag" --json databaseId --jq .databaseId)
gh api --silent --method PATCH "repos/{owner}/{repo}/releases/$id" -F draft=false -f make_latest=legacy
echo "the release $tag is published"
