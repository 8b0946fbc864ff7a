# Runs and removes one RabbitMQ node. Settings: KEEPER_PROGRAMS, and RabbitMQ's own variables; HOME is the folder to remove.
set -eu
trap 'epmd -kill >/dev/null 2>&1 || true; rm -rf "$HOME"; rmdir "$(dirname "$HOME")" 2>/dev/null || true' EXIT
cd "$HOME"
# The disk's free space is not what tests of ours are about; the default limit of a node is.
echo 'disk_free_limit.absolute = 50MB' >rabbitmq.conf
: >environment
echo '[].' >plugins
# What a command to the node has to know.
export -p >surroundings

"$KEEPER_PROGRAMS/rabbitmq-server" </dev/null >>log 2>&1 &
node=$!
"$KEEPER_PROGRAMS/rabbitmqctl" --quiet wait --pid "$node" --timeout 120 >>log 2>&1
echo ready
cat >/dev/null
kill -TERM "$node"
wait "$node" || true
