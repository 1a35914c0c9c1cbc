# syntax=docker/dockerfile:1
# The action's container: Alpine with abuild, and the program as its entry point.

# ALPINE_VERSION is the newest release that the program knows; the program switches to other releases itself.
ARG ALPINE_VERSION=3.24

FROM golang:1.26-alpine AS program
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY main.go ./
COPY pkg ./pkg
COPY templates ./templates

# VERSION is the version that the program reports.
ARG VERSION=""
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /pakman .

FROM alpine:${ALPINE_VERSION}
LABEL org.opencontainers.image.title="PAKman" \
      org.opencontainers.image.description="Turns an application and one YAML file into signed Alpine packages" \
      org.opencontainers.image.source="https://github.com/pakman/build" \
      org.opencontainers.image.documentation="https://github.com/pakman/build/tree/main/docs" \
      org.opencontainers.image.licenses="Apache-2.0"
# Only packages that most builds need: pigz makes abuild's compression parallel, and the scripts of many
# applications use bash, curl or git. abuild depends on fakeroot, tar, attr and openssl. Its helper abuild-sudo is the
# only set-user-ID program; PAKman does not use it, and runs builds as a user who cannot become root.
# hadolint ignore=DL3018
RUN apk add --no-cache abuild bash build-base ca-certificates curl git pigz \
 && adduser -D -G abuild -h /home/pakman pakman \
 && find / -xdev -type f -perm /6000 ! -name abuild-sudo -exec chmod ug-s {} +
COPY --from=program /pakman /usr/local/bin/pakman
# The program may switch this system to another Alpine release, because the container is temporary.
ENV PAKMAN_CONTAINER=1
# The container starts as root, as GitHub requires. The program runs builds as the user pakman. The program itself is the
# entry point, because a shell would lose inputs whose names have a dash.
ENTRYPOINT ["/usr/local/bin/pakman"]
