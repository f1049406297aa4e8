#!/bin/sh
# nats.conf takes passwords from the environment, Compose keeps them in files. One of nothing would let everybody in.
set -eu
password() {
  file=/run/secrets/$1/password
  [ -s "$file" ] || { echo "Cannot start NATS: $file must hold a password" >&2; exit 1; }
  cat "$file"
}
NATS_COORDINATOR_PASSWORD=$(password coordinator)
NATS_TRAINER_PASSWORD=$(password trainer)
NATS_DATA_ENV_PASSWORD=$(password data-env)
NATS_EVALUATOR_PASSWORD=$(password evaluator)
NATS_WORKER_PASSWORD=$(password worker)
NATS_OPERATOR_PASSWORD=$(password operator)
export NATS_COORDINATOR_PASSWORD NATS_TRAINER_PASSWORD NATS_DATA_ENV_PASSWORD NATS_EVALUATOR_PASSWORD NATS_WORKER_PASSWORD NATS_OPERATOR_PASSWORD
# The queue of runs may be lost with the container: the command of a sweep fills it again.
exec nats-server -c /etc/nats/nats.conf -sd /tmp/queue
