#!/bin/sh
# Makes new passwords for NATS in a folder:
#     sh make-passwords.sh FOLDER [SERVER…]
# FOLDER/ROLE is for the processes of that role (NATS_PASSWORD_FILE). FOLDER/users.conf and FOLDER/routes.conf are for
# nats-server, which looks for them in the folder `passwords` beside nats.conf. SERVER is the name by which the other
# servers of a cluster reach each one: nats-0.nats nats-1.nats nats-2.nats
set -eu
umask 077
folder=$1
shift
mkdir -p "$folder"
# Letters alone: they mean themselves in a configuration and in an address.
password() { LC_ALL=C tr -dc a-z </dev/urandom | head -c 40; }

rm -f "$folder/users.conf.new"
for role in coordinator trainer data-env evaluator worker operator; do
  made=$(password)
  printf %s "$made" >"$folder/$role.new"
  mv "$folder/$role.new" "$folder/$role"
  variable=NATS_$(printf %s "$role" | tr a-z- A-Z_)_PASSWORD
  echo "$variable: \"$made\"" >>"$folder/users.conf.new"
done
mv "$folder/users.conf.new" "$folder/users.conf"

made=$(password)
{
  echo "authorization { user: cluster, password: \"$made\", timeout: 5 }"
  echo "routes: ["
  for server; do echo "  nats://cluster:$made@$server:6222"; done
  echo "]"
} >"$folder/routes.conf.new"
mv "$folder/routes.conf.new" "$folder/routes.conf"
