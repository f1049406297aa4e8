#!/bin/sh
# Makes the passwords under /secrets, a volume for each role and one for NATS. Those that are there stay: a second start
# changes nothing, unless its argument is `anew`.
set -eu
# Its readers have other users' numbers; who is to read it has the volume.
put() {
  chmod 444 "$1.new"
  mv "$1.new" "$1"
}
made=/tmp/passwords
if [ ! -s /secrets/nats/users.conf ] || [ "${1:-}" = anew ]; then
  sh /make-passwords.sh $made
  for role in coordinator trainer data-env evaluator worker operator; do
    cp $made/$role /secrets/$role/password.new
    put /secrets/$role/password
  done
  # NATS' files come last, so that an interrupted start begins anew.
  for file in routes.conf users.conf; do
    cp $made/$file /secrets/nats/$file.new
    put /secrets/nats/$file
  done
fi
if [ ! -s /secrets/grafana/password ]; then
  LC_ALL=C tr -dc a-z </dev/urandom | head -c 40 >/secrets/grafana/password.new
  put /secrets/grafana/password
fi
