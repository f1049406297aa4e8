#!/bin/sh
# Makes a password for each role under /secrets, a volume each. One that is there stays: a second start changes nothing.
set -eu
for role in coordinator trainer data-env evaluator worker operator grafana; do
  file=/secrets/$role/password
  [ ! -s "$file" ] || continue
  # Letters alone: nats-server reads a password as it reads its configuration.
  LC_ALL=C tr -dc a-z </dev/urandom | head -c 40 >"$file.new"
  # Its readers have other users' numbers; who is to read it has the volume.
  chmod 444 "$file.new"
  mv "$file.new" "$file"
done
