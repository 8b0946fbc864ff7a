# Runs one Prometheus until the other end of standard input is closed. Settings: KEEPER_PROGRAM, KEEPER_FOLDER, KEEPER_ADDRESS.
set -eu
cd "$KEEPER_FOLDER"
"$KEEPER_PROGRAM" --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="$KEEPER_ADDRESS" </dev/null >log 2>&1 &
server=$!
echo ready
cat >/dev/null
kill -TERM "$server"
wait "$server" || true
