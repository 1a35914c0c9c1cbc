# syntax=docker/dockerfile:1
# The action's container: Alpine with abuild, and the program as its entry point.
ARG ALPINE_VERSION=3.24

FROM golang:1.26-alpine AS program
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY main.go ./
COPY pkg ./pkg
COPY templates ./templates
ARG VERSION=""
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /pakman .

FROM alpine:${ALPINE_VERSION}
LABEL org.opencontainers.image.title="PAKman" \
      org.opencontainers.image.description="Turns an application and one YAML file into signed Alpine packages" \
      org.opencontainers.image.source="https://github.com/pakman/build" \
      org.opencontainers.image.licenses="Apache-2.0"
# pigz makes abuild's compression parallel; abuild brings fakeroot, tar, attr and openssl.
# hadolint ignore=DL3018
RUN apk add --no-cache abuild bash build-base ca-certificates curl git pigz \
 && adduser -D -G abuild -h /home/pakman pakman
COPY --from=program /pakman /usr/local/bin/pakman
# The program may bring this Alpine to the release that the packages are for: the container is thrown away.
ENV PAKMAN_CONTAINER=1
# Started as root, as GitHub needs it; the program drops to the user pakman for the build. The
# program itself is the entry point: a shell would lose inputs whose names have a dash.
ENTRYPOINT ["/usr/local/bin/pakman"]
