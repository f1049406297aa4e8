#!/bin/sh
# Starts nats-server in a container with the configuration that its environment asks for, and lets it read its
# certificates again when they have been renewed. Arguments are passed on to nats-server.
set -eu
here=$(dirname "$0")
config=nats
[ -z "${NATS_SERVER_NAME:-}" ] || config=cluster
if [ -n "${NATS_TLS_CERT_FILE:-}" ]; then
  if [ $config = nats ]; then config=tls; else config=tls-cluster; fi
  certificates() { cat "$NATS_TLS_CERT_FILE" "$NATS_TLS_KEY_FILE" ${NATS_TLS_CA_FILE:+"$NATS_TLS_CA_FILE"} | sha256sum; }
  # nats-server takes the place of this shell, so it has this process's number.
  server=$$
  (
    was=$(certificates)
    while sleep "${NATS_TLS_LOOK_SECONDS:-10}" && kill -0 $server; do
      now=$(certificates) || continue
      [ "$now" = "$was" ] || kill -HUP $server
      was=$now
    done
  ) &
fi
exec nats-server -c "$here/$config.conf" "$@"
